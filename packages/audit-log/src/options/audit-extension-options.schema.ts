import { resolveOptions } from '@nestarc/core';
import { z } from 'zod';
import { AUDIT_CONTEXT_SETTING } from '../context/audit-setting';
import type { AuditExtensionOptions } from './audit-extension.options';
import { refused, reportingShape } from './audit-reporting.schema';
import { resolveAuditSqlOptions, type ResolvedAuditSqlOptions } from './audit-sql-options.schema';

/** Opens the messages of refused options. */
export const EXTENSION = 'createAuditExtension';

/** The options as the extension works with them. */
export interface ResolvedAuditExtensionOptions extends Pick<
  AuditExtensionOptions,
  'onAuditError' | 'logger' | 'primaryKey' | 'databaseMapping'
> {
  /** What is in the database. */
  readonly sql: ResolvedAuditSqlOptions;
  /** Whether tracked models are written for a tenant only. */
  readonly tenantRequired: boolean;
  /** Whether the role may be one that is above row-level security. */
  readonly dangerouslyAllowPrivilegedRole: boolean;
}

const TRANSACTIONAL = 'an entry is written by the statement that makes the change, in its transaction';

/** What options of the published package mean here; those that would not be kept are refused. */
export const publishedShape = {
  consistency: refused(
    `expected "atomic-required": ${TRANSACTIONAL}. There is no best effort that could lose it`,
    'atomic-required',
  ),
  batchOverflow: refused('remove it: every row of a batch is recorded, however many there are'),
  maxBatchRecords: refused('remove it: every row of a batch is recorded, however many there are'),
  logFailures: refused(
    `remove it: ${TRANSACTIONAL}, so that a failed one leaves none. Record a failure with AuditService.log({ result: "failure" })`,
    false,
  ),
  experimentalTxAudit: refused(`remove it: ${TRANSACTIONAL}`, false),
  tenantResolver: refused(
    'remove it: an entry has the tenant of its row, and else that of the request context, which PostgreSQL checks. Open it ' +
      'with TenancyModule, or with runWithContext(createContext({ tenantId }), …)',
  ),
  prismaModule: z.unknown().optional(),
};

/** The extension attaches the client where nobody else does, and so under the names that all packages know. */
const FIXED = 'remove it: statements carry who acts, and in which request, in the settings of @nestarc/postgres';

const name = z.string().min(1);

const schema = z.looseObject({
  ...publishedShape,
  ...reportingShape,
  tenantRequired: z.boolean().default(false),
  dangerouslyAllowPrivilegedRole: z.boolean().default(false),
  primaryKey: z.record(z.string(), z.union([name, z.array(name).min(1)])).optional(),
  databaseMapping: z
    .record(z.string(), z.strictObject({ tableName: name, schema: name.optional(), primaryKeyColumn: name.optional() }))
    .optional(),
  settings: z
    .looseObject({
      context: refused(`remove it: AuditContext speaks through ${AUDIT_CONTEXT_SETTING}`, AUDIT_CONTEXT_SETTING),
      actorId: refused(FIXED, 'app.actor_id'),
      actorType: refused(FIXED, 'app.actor_type'),
      requestId: refused(FIXED, 'app.request_id'),
    })
    .optional(),
});

/**
 * Validates the options and fills in the defaults.
 *
 * @param options - what the user passed
 * @throws InvalidOptionsError naming the path of every refused option
 */
export function resolveAuditExtensionOptions(options: AuditExtensionOptions): ResolvedAuditExtensionOptions {
  const {
    tenantRequired,
    dangerouslyAllowPrivilegedRole,
    primaryKey,
    databaseMapping,
    onAuditError,
    logger,
    ...published
  } = resolveOptions(EXTENSION, schema, options);
  const rest = Object.entries(published).filter(([key]) => !(key in publishedShape));
  return Object.freeze({
    sql: resolveAuditSqlOptions(Object.fromEntries(rest), EXTENSION),
    tenantRequired,
    dangerouslyAllowPrivilegedRole,
    primaryKey,
    databaseMapping,
    onAuditError,
    logger,
  });
}
