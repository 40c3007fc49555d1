import { resolveOptions } from '@nestarc/core';
import { isSettingName, resolveWireSettings } from '@nestarc/postgres';
import { z } from 'zod';
import { AuditTable } from '../table/audit-table';
import type { AuditSettings, AuditSqlOptions } from './audit-sql.options';

/** The options as this package works with them: defaults filled in, frozen. */
export interface ResolvedAuditSqlOptions {
  /** The audit table. */
  readonly table: AuditTable;
  /** Schema of models that do not name theirs. */
  readonly schema: string;
  /** Models to audit; all where undefined. */
  readonly trackedModels: readonly string[] | undefined;
  /** Models not to audit. */
  readonly ignoredModels: readonly string[];
  /** Names that are redacted in every model. */
  readonly sensitiveFields: readonly string[];
  /** Names that are redacted in one. */
  readonly sensitiveFieldsByModel: Readonly<Record<string, readonly string[]>>;
  /** Models that cannot be suppressed. */
  readonly alwaysAuditedModels: readonly string[];
  /** Whether updates without a change are recorded. */
  readonly recordUnchanged: boolean;
  /** Whether `@updatedAt` fields count as a change. */
  readonly ignoreTimestampOnlyUpdates: boolean;
  /** Names under which the field of the tenant is looked for. */
  readonly tenantIdFields: readonly string[];
  /** Names under which the field of a soft delete is looked for. */
  readonly deletedAtFields: readonly string[];
  /** Whether the audit table has partitions. */
  readonly partitioned: boolean;
  /** Whether it has indexes to search by. */
  readonly searchIndexes: boolean;
  /** For how many months ahead. */
  readonly ahead: number;
  /** Roles that may read their tenant's entries. */
  readonly readerRoles: readonly string[];
  /** Roles that may read all. */
  readonly auditorRoles: readonly string[];
  /** Roles that may remove old entries. */
  readonly prunerRoles: readonly string[];
  /** Names of the settings. */
  readonly settings: AuditSettings;
}

/** Opens the messages of refused options. */
export const OWNER = 'auditSql';

const identifier = z
  .string()
  .min(1)
  .refine((text) => Buffer.byteLength(text) <= 63 && !text.includes('\0'), 'expected a name of at most 63 bytes');
const names = z.array(z.string().min(1));
const settingName = z.string().refine(isSettingName, 'expected a custom setting name such as "app.operation"');

const schema = z.strictObject({
  tableName: z
    .string()
    .regex(/^([a-z_]\w*\.)?[a-z_]\w*$/i, 'expected "table" or "schema.table"')
    .refine((text) => text.split('.').every((part) => part.length <= 63), 'expected names of at most 63 bytes')
    .default('audit_logs'),
  schema: identifier.default('public'),
  trackedModels: names.optional(),
  ignoredModels: names.default([]),
  sensitiveFields: names.default([]),
  sensitiveFieldsByModel: z.record(z.string(), names).default({}),
  alwaysAuditedModels: names.default([]),
  recordUnchanged: z.boolean().default(false),
  ignoreTimestampOnlyUpdates: z.boolean().default(false),
  tenantIdField: z.string().min(1).optional(),
  deletedAtField: z.string().min(1).optional(),
  partitioned: z.boolean().default(true),
  searchIndexes: z.boolean().default(false),
  ahead: z.int().min(0).max(120).default(3),
  readerRoles: z.array(identifier).default([]),
  auditorRoles: z.array(identifier).default([]),
  prunerRoles: z.array(identifier).default([]),
  settings: z
    .looseObject({
      context: settingName.default('app.audit_context'),
      operation: settingName.default('app.operation'),
      operationId: settingName.default('app.operation_id'),
    })
    .prefault({}),
});

/**
 * Validates the options and fills in the defaults.
 *
 * @param options - what the user passed
 * @param owner - who was given them. Defaults to `auditSql`
 * @throws InvalidOptionsError naming the path of every refused option
 */
export function resolveAuditSqlOptions(options: AuditSqlOptions, owner: string = OWNER): ResolvedAuditSqlOptions {
  const { tableName, tenantIdField, deletedAtField, settings, ...rest } = resolveOptions(owner, schema, options);
  const { context, operation, operationId, ...wire } = settings;
  const [table = tableName, ownSchema = rest.schema] = tableName.split('.').reverse();
  return Object.freeze({
    ...rest,
    trackedModels: rest.trackedModels,
    table: new AuditTable(ownSchema, table),
    tenantIdFields: tenantIdField === undefined ? ['tenant_id', 'tenantId'] : [tenantIdField],
    deletedAtFields: deletedAtField === undefined ? ['deletedAt', 'deleted_at'] : [deletedAtField],
    settings: { ...resolveWireSettings(wire), context, operation, operationId },
  });
}
