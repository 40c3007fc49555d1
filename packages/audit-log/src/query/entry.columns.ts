import { sql, type SqlFragment } from '@nestarc/postgres';
import type { AuditEntry, AuditImage } from './audit-entry';
import type { FieldNames } from './field-names';
import { imageDiff } from './image.diff';

/** With all six digits of the second, which a JavaScript date does not have. */
const CREATED = sql`pg_catalog.to_char(e.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** An entry of the table `e` as a JSON array: names of columns in each would be half of what is sent and parsed. */
export const ENTRY: SqlFragment = sql`pg_catalog.json_build_array(e.id, e.tenant_id, e.actor_id, e.actor_type, e.actor_ip, e.action,
  e.target_type, e.target_id, e.source, e.changes, e.metadata, e.result, ${CREATED}, e.op, e.record, e.old, e.new, e.request_id,
  e.correlation_id, e.on_behalf_of, e.reason, e.operation_id, e.xid::text, e.seq::text)`;

/** An entry as {@link ENTRY} sends it. */
export type EntryRow = readonly [
  id: string,
  tenantId: string | null,
  actorId: string | null,
  actorType: string,
  actorIp: string | null,
  action: string,
  targetType: string | null,
  targetId: string | null,
  source: AuditEntry['source'],
  changes: AuditEntry['changes'],
  metadata: AuditEntry['metadata'],
  result: string,
  created: string,
  op: AuditEntry['op'],
  record: AuditImage | null,
  old: AuditImage | null,
  fresh: AuditImage | null,
  requestId: string | null,
  correlationId: string | null,
  onBehalfOf: unknown,
  reason: string | null,
  operationId: string | null,
  xid: string,
  seq: string,
];

/** Places in {@link EntryRow} that are not part of an entry. */
export const AT = Object.freeze({ id: 0, created: 12, xid: 22, seq: 23 } as const);

/**
 * Makes an entry of what was read.
 *
 * @param row - as it was read
 * @param names - names of fields
 */
export function entryOf(row: EntryRow, names: FieldNames): AuditEntry {
  const [id, tenantId, actorId, actorType, actorIp, action, targetType, targetId, source, changes] = row;
  const [, , , , , , , , , , metadata, result, created, op, record, old, fresh] = row;
  const [requestId, correlationId, onBehalfOf, reason, operationId] = row.slice(17) as unknown as Tail;
  const before = names.ofImage(targetType, old);
  const after = names.ofImage(targetType, fresh);
  return {
    id,
    tenantId,
    actorId,
    actorType,
    actorIp,
    action,
    targetType,
    targetId,
    source,
    changes: imageDiff(before, after) ?? changes,
    metadata,
    result,
    createdAt: new Date(created),
    op,
    record: names.ofImage(targetType, record),
    before,
    after,
    requestId,
    correlationId,
    onBehalfOf,
    reason,
    operationId,
  };
}

type Tail = readonly [string | null, string | null, unknown, string | null, string | null];
