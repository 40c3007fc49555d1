import { sql, type SqlFragment } from '@nestarc/postgres';
import { typed } from '../service/value.sql';
import type { AuditReader } from './audit-reader';
import type { AuditEntry } from './audit-entry';
import { AT, ENTRY, entryOf, type EntryRow } from './entry.columns';
import { all, filterConditions } from './entry.filter';
import type { FieldNames } from './field-names';
import { encodeListCursor } from './list.cursor';
import type { AuditQueryResult, ResolvedQueryOptions } from './query.options';

/**
 * Reads a page of entries, newest first. What is committed later than the first page was read is not on the pages that follow,
 * unless it is older; none comes twice, and none is left out.
 *
 * @param reader - the reading
 * @param options - which page
 * @param names - names of fields
 */
export async function listEntries(
  reader: AuditReader,
  options: ResolvedQueryOptions,
  names: FieldNames,
): Promise<AuditQueryResult> {
  const conditions = [reader.where, ...filterConditions(options)];
  const page = pageOf(reader, conditions, options);
  const total = options.includeTotal
    ? sql`(SELECT pg_catalog.count(*) FROM ${reader.from} e WHERE ${all(conditions)})`
    : sql`NULL`;
  const answer = await reader.answer<{ readonly rows: readonly EntryRow[]; readonly total: number | null }>(
    sql`SELECT pg_catalog.json_build_object('rows', ${page}, 'total', ${total})::text AS answer`,
  );
  const rows = answer.rows.slice(0, options.limit);
  const last = answer.rows.length > options.limit ? rows.at(-1) : undefined;
  return {
    entries: rows.map((row) => entryOf(row, names)),
    ...(answer.total === null ? {} : { total: answer.total }),
    nextCursor: last === undefined ? null : encodeListCursor({ created: last[AT.created], id: last[AT.id] }),
    hasMore: last !== undefined,
  };
}

/** One entry more than asked for tells whether there are more. */
function pageOf(reader: AuditReader, conditions: readonly SqlFragment[], options: ResolvedQueryOptions): SqlFragment {
  const { after, limit, offset } = options;
  const older =
    after === undefined ? [] : [sql`(e.created_at, e.id) < (${typed.time(after.created)}, ${typed.uuid(after.id)})`];
  return sql`(SELECT COALESCE(pg_catalog.json_agg(${ENTRY}), '[]') FROM (SELECT e.* FROM ${reader.from} e
    WHERE ${all([...conditions, ...older])} ORDER BY e.created_at DESC, e.id DESC
    LIMIT ${typed.bigint(limit + 1)} OFFSET ${typed.bigint(offset)}) e)`;
}

/**
 * Finds an entry.
 *
 * @param reader - the reading
 * @param id - its id
 * @param names - names of fields
 * @returns `null` where there is none that the reader may see
 */
export async function findEntry(reader: AuditReader, id: string, names: FieldNames): Promise<AuditEntry | null> {
  // An id that was made here is a place in the order, which is what there is an index for; older ones are random.
  const row = await reader.answer<EntryRow | null>(
    sql`SELECT (SELECT ${ENTRY} FROM ${reader.from} e WHERE ${all([reader.where, sql`e.id = ${typed.uuid(id)}`, ...placeOf(id)])})::text AS answer`,
  );
  return row === null ? null : entryOf(row, names);
}

/** 48 bits of transaction, then version and variant, then 62 bits of number. */
function placeOf(id: string): SqlFragment[] {
  const digits = id.replaceAll('-', '');
  if (digits.slice(12, 16) !== '8000') return [];
  const xid = BigInt(`0x${digits.slice(0, 12)}`);
  const seq = BigInt(`0x${digits.slice(16)}`) & 0x7fff_ffff_ffff_ffffn;
  return [sql`e.xid = ${typed.xid(xid.toString())}`, sql`e.seq = ${typed.bigint(seq)}`];
}
