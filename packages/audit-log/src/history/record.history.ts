import { resolveOptions } from '@nestarc/core';
import { sql, type SqlFragment } from '@nestarc/postgres';
import { z } from 'zod';
import type { AuditEntry } from '../query/audit-entry';
import type { AuditReader } from '../query/audit-reader';
import { AT, ENTRY, entryOf, type EntryRow } from '../query/entry.columns';
import { all } from '../query/entry.filter';
import { scopeShape } from '../query/filter.schema';
import type { FieldNames } from '../query/field-names';
import type { AuditReadScope } from '../query/read-scope';
import { typed } from '../service/value.sql';

/** How much of a history is read. */
export interface AuditHistoryOptions extends AuditReadScope {
  /** How many entries at most, up to 10000. Defaults to 100. */
  readonly limit?: number | undefined;
}

const schema = z.strictObject({ ...scopeShape, limit: z.int().min(1).max(10_000).default(100) });

/** Checked options of a history. */
export interface ResolvedHistoryOptions extends AuditReadScope {
  readonly limit: number;
}

/**
 * Validates the options of a history.
 *
 * @param owner - what was called
 * @param options - what the caller passed
 * @throws InvalidOptionsError naming the path of every refused option
 */
export const resolveHistoryOptions = (owner: string, options: AuditHistoryOptions): ResolvedHistoryOptions =>
  resolveOptions(owner, schema, options);

/** Which row, and how much of its history. */
export interface HistoryRequest {
  readonly model: string;
  readonly targetId: SqlFragment;
  readonly limit: number;
}

/**
 * Reads what became of a row, newest first, also from before its key was changed.
 *
 * Of one row, the transactions that changed it come one after the other, each when the one before had ended: so they are told
 * apart by time. Within one of them numbers count, since what a trigger does to the row is recorded first and comes later.
 *
 * @param reader - the reading
 * @param request - which row
 * @param names - names of fields
 */
export async function readHistory(
  reader: AuditReader,
  request: HistoryRequest,
  names: FieldNames,
): Promise<AuditEntry[]> {
  const found: AuditEntry[] = [];
  let { targetId } = request;
  let before: EntryRow | undefined;
  for (;;) {
    const rows = await segment(reader, { ...request, targetId, limit: request.limit - found.length }, before);
    const entries = rows.map((row) => entryOf(row, names));
    const renamed = entries.findIndex((entry) => previousTarget(entry) !== undefined);
    const last = entries[renamed];
    found.push(...(last === undefined ? entries : entries.slice(0, renamed + 1)));
    if (last === undefined || found.length >= request.limit) return found;
    before = rows[renamed];
    targetId = typed.text(previousTarget(last) ?? null);
  }
}

/** Metadata are the application's, too: the images say whether the key has changed. */
function previousTarget({ op, metadata, before, record }: AuditEntry): string | undefined {
  const previous = metadata?.['previousTargetId'];
  if (op !== 'update' || typeof previous !== 'string') return undefined;
  const keys = Object.keys(record ?? {});
  return keys.some((field) => String(before?.[field]) !== String(record?.[field])) ? previous : undefined;
}

/** What was there before the table was taken over has the number of the transaction that did so. */
const SETTLED = sql`CASE e.schema_version WHEN 0 THEN e.created_at ELSE pg_catalog.max(e.created_at) OVER (PARTITION BY e.xid) END`;

function segment(
  reader: AuditReader,
  { model, targetId, limit }: HistoryRequest,
  before: EntryRow | undefined,
): Promise<readonly EntryRow[]> {
  const conditions = [
    reader.where,
    sql`e.target_type = ${typed.text(model)}`,
    sql`e.target_id = ${targetId}`,
    ...(before === undefined
      ? []
      : [
          sql`e.created_at <= ${typed.time(before[AT.created])}`,
          // Not of the same statement: it may have changed the keys of several rows, into each other.
          sql`(e.xid <> ${typed.xid(before[AT.xid])} OR e.seq >> 20 < ${typed.bigint(before[AT.seq])} >> 20)`,
        ]),
  ];
  return reader.answer(sql`SELECT COALESCE(pg_catalog.json_agg(${ENTRY}), '[]')::text AS answer FROM (
    SELECT e.* FROM (SELECT e.*, ${SETTLED} AS settled
      FROM ${reader.from} e WHERE ${all(conditions)}) e
    ORDER BY e.settled DESC, e.seq DESC LIMIT ${typed.bigint(limit)}) e`);
}
