import { resolveOptions } from '@nestarc/core';
import { z } from 'zod';
import { AuditTable } from '../table/audit-table';
import type { AuditServiceOptions, ResolvedAuditServiceOptions } from './audit-service.options';
import { resolveAuditSqlOptions } from './audit-sql-options.schema';

const OWNER = 'AuditService';

const names = z.array(z.string().min(1));
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

const schema = z.strictObject({
  tableName: z.string().optional(),
  schema: z.string().optional(),
  settings: z.custom<NonNullable<AuditServiceOptions['settings']>>(isObject, 'expected an object').optional(),
  sensitiveFields: names.default([]),
  sensitiveFieldsByModel: z.record(z.string(), names).default({}),
  tenantRequired: z.boolean().default(true),
  auditorPrisma: z.custom<object>(isObject, 'expected a Prisma client').optional(),
});

/**
 * Validates the options of the service and fills in the defaults.
 *
 * @param options - what the user passed
 * @throws InvalidOptionsError naming the path of every refused option
 */
export function resolveAuditServiceOptions(options: AuditServiceOptions = {}): ResolvedAuditServiceOptions {
  const { tableName, schema: ownSchema, settings, auditorPrisma, ...rest } = resolveOptions(OWNER, schema, options);
  const shared = resolveAuditSqlOptions({ tableName, schema: ownSchema, settings });
  return Object.freeze({
    ...rest,
    tableName: `${shared.table.schema}.${shared.table.table}`,
    schema: shared.schema,
    settings: shared.settings,
    auditorPrisma,
  });
}

/**
 * The audit table that resolved options name.
 *
 * @param options - the resolved options
 */
export function auditTableOf({ tableName }: Pick<ResolvedAuditServiceOptions, 'tableName'>): AuditTable {
  return resolveAuditSqlOptions({ tableName }).table;
}
