import { resolveOptions } from '@nestarc/core';
import { identifier, joinSql, sql, type SqlFragment } from '@nestarc/postgres';
import { z } from 'zod';
import type { AuditImage } from '../query/audit-entry';
import type { AuditReader } from '../query/audit-reader';
import { all } from '../query/entry.filter';
import { scopeShape } from '../query/filter.schema';
import type { FieldNames } from '../query/field-names';
import type { AuditReadScope } from '../query/read-scope';
import { typed } from '../service/value.sql';
import type { AuditRecordKey } from './record-key';

/** Which rows are looked at as they were. */
export interface AuditAsOfOptions extends AuditReadScope {
  /** Only the rows of these keys. Defaults to all. */
  readonly keys?: readonly AuditRecordKey[] | undefined;
  /** How many rows at most, up to 10000. Defaults to 1000. */
  readonly limit?: number | undefined;
  /** Where the page before ended. */
  readonly cursor?: string | undefined;
}

/** Rows of a model as they were. */
export interface AuditSnapshot {
  /** The rows as JSON, by field, in the order of their keys as text. */
  readonly rows: AuditImage[];
  /** Where the next page begins; `null` after the last. */
  readonly nextCursor: string | null;
  /** False where changes before that time were suppressed, so that nobody knows all rows. */
  readonly isComplete: boolean;
}

const key = z.union([z.string(), z.number(), z.bigint()]);
const schema = z.strictObject({
  ...scopeShape,
  keys: z.array(z.union([key, z.record(z.string(), key)])).optional(),
  limit: z.int().min(1).max(10_000).default(1000),
  cursor: z.string().optional(),
});

/** Checked options of a snapshot. */
export interface ResolvedAsOfOptions extends AuditReadScope {
  readonly time: Date;
  readonly keys?: readonly AuditRecordKey[] | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/**
 * Validates the options of a snapshot.
 *
 * @param owner - what was called
 * @param time - the time
 * @param options - what the caller passed
 * @throws InvalidOptionsError naming the path of every refused option
 */
export function resolveAsOfOptions(owner: string, time: Date, options: AuditAsOfOptions): ResolvedAsOfOptions {
  const checked = resolveOptions(owner, z.strictObject({ time: z.date() }), { time });
  return { ...resolveOptions(owner, schema, options), ...checked };
}

/** Which rows, and when. */
export interface AsOfRequest {
  readonly model: string;
  readonly time: Date;
  readonly targets: readonly SqlFragment[] | undefined;
  readonly limit: number;
  readonly cursor: string | undefined;
}

/**
 * Reads rows as the newest entry of each until then has them. The order of entries of a row is that of its history; an entry that
 * changes a key says that there is no row of the old one any more, before it says that there is one of the new.
 *
 * @param reader - the reading
 * @param request - which rows
 * @param names - names of fields
 */
export async function readAsOf(reader: AuditReader, request: AsOfRequest, names: FieldNames): Promise<AuditSnapshot> {
  const { model, time, targets, limit, cursor } = request;
  const until = [
    reader.where,
    sql`e.target_type = ${typed.text(model)}`,
    sql`e.created_at <= ${typed.time(time)}`,
    sql`e.created_at > ${emptiedBefore(reader, model, time)}`,
  ];
  const wanted = [
    sql`v.target IS NOT NULL`,
    // An entry of the application's own about a row says nothing of how the row is.
    sql`e.op IS NOT NULL`,
    ...(cursor === undefined ? [] : [sql`v.target > ${typed.text(cursor)}`]),
    ...(targets === undefined ? [] : [sql`v.target = ANY (ARRAY[${joinSql(targets)}]::text[])`]),
  ];
  const answer = await reader.answer<{
    readonly rows: readonly (readonly [string, AuditImage])[];
    readonly gaps: boolean;
  }>(
    sql`SELECT pg_catalog.json_build_object(
      'gaps', EXISTS (SELECT FROM ${reader.from} e WHERE ${all([...until, UNKNOWN])}),
      'rows', (SELECT COALESCE(pg_catalog.json_agg(pg_catalog.json_build_array(x.target, x.image)), '[]') FROM (
        SELECT n.target, n.image FROM (
          SELECT DISTINCT ON (v.target) v.target, v.image FROM (
            SELECT e.*, pg_catalog.max(e.created_at) OVER (PARTITION BY e.xid) AS settled FROM ${reader.from} e WHERE ${all(until)}) e
          CROSS JOIN LATERAL (VALUES (e.target_id, e.new, 1), (${OLD_TARGET}, NULL, 0)) v(target, image, kind)
          WHERE ${all(wanted)}
          ORDER BY v.target, e.settled DESC, e.seq >> 20 DESC, v.kind DESC, e.seq DESC) n
        WHERE n.image IS NOT NULL ORDER BY n.target LIMIT ${typed.bigint(limit + 1)}) x))::text AS answer`,
  );
  const page = answer.rows.slice(0, limit);
  return {
    rows: page.map(([, image]) => names.ofImage(model, image) ?? {}),
    nextCursor: answer.rows.length > limit ? (page.at(-1)?.[0] ?? null) : null,
    isComplete: !answer.gaps,
  };
}

/** Changes without the row that they left: suppressed ones, and those that versions before this one recorded. */
const UNKNOWN = sql`(e.target_id IS NULL AND e.op <> 'truncate' OR e.schema_version = 0 AND e.source = 'auto')`;

/** Metadata are the application's, too: the images say whether the key has changed. */
const OLD_TARGET = sql`CASE WHEN e.op = 'update' AND e.metadata ? 'previousTargetId' AND EXISTS (
  SELECT FROM pg_catalog.jsonb_object_keys(e.record) k WHERE e.old ->> k IS DISTINCT FROM e.record ->> k)
  THEN e.metadata ->> 'previousTargetId' END`;

function emptiedBefore(reader: AuditReader, model: string, time: Date): SqlFragment {
  const emptied = identifier(reader.table.schema, reader.table.truncationsFunction);
  return sql`COALESCE((SELECT pg_catalog.max(f.emptied_at) FROM ${emptied}(${typed.text(model)}) f
    WHERE f.emptied_at <= ${typed.time(time)}), '-infinity')`;
}
