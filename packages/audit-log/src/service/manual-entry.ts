import { resolveOptions } from '@nestarc/core';
import { sql, type SqlFragment, identifier } from '@nestarc/postgres';
import { z } from 'zod';
import type { ResolvedAuditServiceOptions } from '../options/audit-service.options';
import type { AuditTable } from '../table/audit-table';
import { jsonValue } from './json-value';
import { typed } from './value.sql';

/** An entry that the application writes itself. Whose it is and who made it is what the context says. */
export interface ManualAuditLogInput {
  /** What was done: `invoice.sent`. */
  readonly action: string;
  /** Type of what it was done to. Defaults to none. */
  readonly targetType?: string | undefined;
  /** Id of what it was done to. Defaults to none. */
  readonly targetId?: string | undefined;
  /** What else is to be known; goes over the metadata of the context, key by key. Defaults to none. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** How it went. Defaults to `success`. */
  readonly result?: 'success' | 'failure' | undefined;
}

const OWNER = 'AuditService.log()';

const schema = z.strictObject({
  action: z.string().min(1),
  targetType: z.string().min(1).optional(),
  targetId: z.string().min(1).optional(),
  metadata: z
    .custom<Readonly<Record<string, unknown>>>(
      (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
      'expected an object',
    )
    .optional(),
  result: z.enum(['success', 'failure']).default('success'),
});

/**
 * The statement that writes an entry; answers with its id.
 *
 * @param audit - the audit table
 * @param input - the entry
 * @param options - which keys of its metadata are left out
 * @throws InvalidOptionsError for an entry that is none; one that names a tenant or an actor, too
 */
export function manualEntry(
  audit: AuditTable,
  input: ManualAuditLogInput,
  options: Pick<ResolvedAuditServiceOptions, 'sensitiveFields' | 'sensitiveFieldsByModel'>,
): SqlFragment {
  const { action, targetType, targetId, metadata, result } = resolveOptions(OWNER, schema, input);
  const ofType = targetType === undefined ? [] : (options.sensitiveFieldsByModel[targetType] ?? []);
  const value = metadata === undefined ? null : jsonValue(OWNER, metadata, [...options.sensitiveFields, ...ofType]);
  return sql`SELECT pg_catalog.to_json(${identifier(audit.schema, audit.logFunction)}(${typed.text(action)}, ${typed.text(
    targetType ?? null,
  )}, ${typed.text(targetId ?? null)}, ${typed.json(value)}, ${typed.text(result)}))::text AS answer`;
}
