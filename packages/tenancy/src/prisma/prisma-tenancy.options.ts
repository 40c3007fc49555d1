import { InvalidOptionsError, resolveOptions } from '@nestarc/core';
import type { ModelMetadata, Transport } from '@nestarc/prisma';
import { z } from 'zod';
import { settingKey } from '../setting-key';

/** Options of `createPrismaTenancyExtension`. */
export interface PrismaTenancyExtensionOptions {
  /** PostgreSQL setting that carries the tenant id. Defaults to the module's `dbSettingKey`. */
  readonly dbSettingKey?: string | undefined;
  /**
   * Writes the tenant id into the data of `create`, `createMany`, `createManyAndReturn` and `upsert`. Defaults to false: a
   * column default in the database covers nested writes and raw SQL too.
   */
  readonly autoInjectTenantId?: boolean | undefined;
  /** Field or column that holds the tenant id. Defaults to `tenant_id`. */
  readonly tenantIdField?: string | undefined;
  /** Models that may be used without a tenant. The tenant, when there is one, is sent all the same. Defaults to none. */
  readonly sharedModels?: readonly string[] | undefined;
  /**
   * Rejects operations without a tenant before anything is sent. Defaults to true. With false they run, and row-level
   * security shows them no tenant's rows.
   */
  readonly failClosed?: boolean | undefined;
  /** Accepted for compatibility and ignored: interactive transactions always carry the tenant. */
  readonly interactiveTransactionSupport?: boolean | undefined;
  /**
   * Serves although the database role is a superuser, bypasses row-level security or owns the tables. Defaults to false.
   * What is lost: PostgreSQL no longer stands between the tenants.
   */
  readonly dangerouslyAllowPrivilegedRole?: boolean | undefined;
  /**
   * Serves although the table of an implicit many-to-many relation between tenant tables is not under row-level security.
   * Defaults to false. What is lost: every tenant sees and deletes the links of all.
   */
  readonly dangerouslyAllowUnprotectedJoinTables?: boolean | undefined;
  /**
   * How the tenant reaches PostgreSQL: `pipelined` in one round trip with each statement, through the `PrismaPg` adapter;
   * `transaction` in a transaction around each operation, with any client of PostgreSQL. Defaults to `auto`, which takes
   * the first where it can and warns where it cannot.
   */
  readonly transport?: Transport | undefined;
}

const schema = z.strictObject({
  dbSettingKey: settingKey.optional(),
  autoInjectTenantId: z.boolean().default(false),
  tenantIdField: z.string().min(1).default('tenant_id'),
  sharedModels: z.array(z.string()).default([]),
  failClosed: z.boolean().default(true),
  interactiveTransactionSupport: z.boolean().optional(),
  dangerouslyAllowPrivilegedRole: z.boolean().default(false),
  dangerouslyAllowUnprotectedJoinTables: z.boolean().default(false),
  transport: z.enum(['auto', 'pipelined', 'transaction']).default('auto'),
});

/** The options as the extension works with them: defaults filled in, frozen. */
export interface ResolvedPrismaTenancyOptions {
  /** PostgreSQL setting that carries the tenant id; absent for that of the module. */
  readonly dbSettingKey?: string | undefined;
  /** Whether the tenant id is written into data that is created. */
  readonly autoInjectTenantId: boolean;
  /** Field or column that holds the tenant id. */
  readonly tenantIdField: string;
  /** Models that may be used without a tenant. */
  readonly sharedModels: readonly string[];
  /** Whether operations without a tenant are rejected. */
  readonly failClosed: boolean;
  /** Whether a role above row-level security is let through. */
  readonly dangerouslyAllowPrivilegedRole: boolean;
  /** Whether tables of many-to-many relations outside of row-level security are let through. */
  readonly dangerouslyAllowUnprotectedJoinTables: boolean;
  /** How the tenant reaches PostgreSQL. */
  readonly transport: Transport;
}

const OWNER = 'createPrismaTenancyExtension';

/**
 * Validates the options of the extension and fills in the defaults.
 *
 * @param options - what the user passed
 * @throws InvalidOptionsError naming the path of every refused option
 */
export function resolvePrismaTenancyOptions(options: PrismaTenancyExtensionOptions): ResolvedPrismaTenancyOptions {
  return resolveOptions(OWNER, schema, options);
}

/**
 * Checks the names in the options against the client's schema.
 *
 * @param options - the resolved options
 * @param metadata - what the client knows about the schema
 * @throws InvalidOptionsError for a model or field that does not exist
 */
export function checkAgainstSchema(options: ResolvedPrismaTenancyOptions, metadata: ModelMetadata): void {
  const problems = options.sharedModels.flatMap((model, index) =>
    metadata.has(model) ? [] : [{ path: `sharedModels[${index}]`, message: `the schema has no model "${model}"` }],
  );
  const { tenantIdField, autoInjectTenantId } = options;
  if (autoInjectTenantId && !metadata.names.some((model) => metadata.findField(model, tenantIdField) !== undefined)) {
    problems.push({ path: 'tenantIdField', message: `no model has a field or column "${tenantIdField}"` });
  }
  if (problems.length > 0) throw new InvalidOptionsError(OWNER, problems);
}
