import { sql, type SqlFragment } from '@nestarc/postgres';
import { typed } from '../service/value.sql';
import type { AuditReader } from './audit-reader';
import { AT, ENTRY, entryOf, type EntryRow } from './entry.columns';
import { all, filterConditions } from './entry.filter';
import type { FieldNames } from './field-names';
import type { AuditScanPage, ResolvedScanOptions } from './scan.options';
import { type AuditPosition, encodePosition, isBehind, type LegacyPosition } from './scan.position';

const BEGINNING: AuditPosition = Object.freeze({ xid: '0', seq: '0' });

/**
 * Reads entries in their order, up to the oldest transaction that is still running: whatever is older than that has ended, and
 * nothing can come before it any more. What a slow transaction holds up comes with a later scan.
 *
 * @param reader - the reading
 * @param options - which entries
 * @param names - names of fields
 */
export async function* scanEntries(
  reader: AuditReader,
  options: ResolvedScanOptions,
  names: FieldNames,
): AsyncGenerator<AuditScanPage, void, undefined> {
  const { batchSize, signal } = options;
  signal?.throwIfAborted();
  const end = await endOf(reader, options);
  let from = await positionOf(reader, options.after, { ungiven: BEGINNING, unmatched: end });
  const highWatermark = encodePosition(isBehind(end, from) ? from : end);
  for (;;) {
    signal?.throwIfAborted();
    const rows = isBehind(from, end) ? await rowsBetween(reader, options, from, end) : [];
    const page = rows.slice(0, batchSize);
    const last = page.at(-1);
    const isLast = rows.length <= batchSize || last === undefined;
    if (!isLast) from = { xid: last[AT.xid], seq: last[AT.seq] };
    const checkpoint = isLast ? highWatermark : encodePosition(from);
    yield { entries: page.map((row) => entryOf(row, names)), checkpoint, highWatermark };
    if (isLast) return;
  }
}

function rowsBetween(
  reader: AuditReader,
  options: ResolvedScanOptions,
  from: AuditPosition,
  end: AuditPosition,
): Promise<readonly EntryRow[]> {
  const conditions = [
    reader.where,
    ...filterConditions(options),
    sql`(e.xid, e.seq) > ${boundary(from)}`,
    sql`(e.xid, e.seq) <= ${boundary(end)}`,
  ];
  return reader.answer(sql`SELECT COALESCE(pg_catalog.json_agg(${ENTRY}), '[]')::text AS answer FROM (
    SELECT e.* FROM ${reader.from} e WHERE ${all(conditions)}
    ORDER BY e.xid, e.seq LIMIT ${typed.bigint(options.batchSize + 1)}) e`);
}

/**
 * A boundary that PostgreSQL does not look into when it plans. It judges how many rows there are by the transaction alone: of one
 * that wrote all of 200000 entries it expected none to be left, and sorted all the rest for each page, which took 360 ms each.
 */
const boundary = ({ xid, seq }: AuditPosition): SqlFragment =>
  sql`((SELECT ${typed.xid(xid)}), (SELECT ${typed.bigint(seq)}))`;

/** Numbers of entries begin at 1: the place 0 of a transaction lies before all of it. */
async function endOf(reader: AuditReader, { until }: ResolvedScanOptions): Promise<AuditPosition> {
  const xid = await reader.answer<string>(
    sql`SELECT pg_catalog.to_json(pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::text)::text AS answer`,
  );
  const horizon = { xid, seq: '0' };
  const wanted = await positionOf(reader, until, { ungiven: horizon, unmatched: horizon });
  return isBehind(wanted, horizon) ? wanted : horizon;
}

/**
 * A place in time is mapped to just before the first entry behind it: nothing that comes later in time is left out, and what a
 * slow transaction wrote meanwhile may come once more.
 */
async function positionOf(
  reader: AuditReader,
  given: AuditPosition | LegacyPosition | undefined,
  otherwise: { readonly ungiven: AuditPosition; readonly unmatched: AuditPosition },
): Promise<AuditPosition> {
  if (given === undefined) return otherwise.ungiven;
  if ('xid' in given) return given;
  const later: SqlFragment = sql`(e.created_at, e.id) > (${typed.time(given.created)}, ${typed.uuid(given.id)})`;
  const first = await reader.answer<readonly [string, string] | null>(sql`SELECT (
    SELECT pg_catalog.json_build_array(e.xid::text, (e.seq - 1)::text) FROM ${reader.from} e
     WHERE ${all([reader.where, later])} ORDER BY e.xid, e.seq LIMIT 1)::text AS answer`);
  return first === null ? otherwise.unmatched : { xid: first[0], seq: first[1] };
}
