import { identifier, joinSql, sql, type SqlFragment } from '@nestarc/postgres';
import type { AuditReader } from '../query/audit-reader';
import type { AuditPosition } from '../query/scan.position';
import { typed } from '../service/value.sql';
import { type Reference, type RevertTable, sameColumns } from './revert.table';

/** A change that is to be undone. */
export interface ChangeToUndo {
  readonly at: AuditPosition;
  /** Columns by which the row is recognised: those of the image after, but for values that are not recorded. */
  readonly compared: readonly string[];
  /** Columns that get back what they were. */
  readonly restored: readonly string[];
  /** Columns of an update that may be what they were already. */
  readonly followed: readonly string[];
}

/** An entry of a request, and the row that it is about. */
export interface RowOfRequest {
  readonly at: AuditPosition;
  readonly model: string;
  readonly targetId: string | null;
  readonly requestId: string;
}

const COUNT = sql`SELECT pg_catalog.count(*)::text AS answer FROM done`;

/**
 * Values come from the entry itself, within PostgreSQL: JavaScript would lose digits of numbers.
 */
const entry = (reader: AuditReader, { xid, seq }: AuditPosition): SqlFragment =>
  sql`SELECT e.old, e.new FROM ${reader.from} e WHERE ${reader.where} AND e.xid = ${typed.xid(xid)} AND e.seq = ${typed.bigint(seq)}`;

const rowOf = ({ table }: RevertTable, image: SqlFragment, name: SqlFragment): SqlFragment =>
  sql`pg_catalog.jsonb_populate_record(NULL::${table}, ${image}) ${name}`;

/**
 * Deletes a row that was made, if it still is what was made.
 *
 * @param reader - the reading
 * @param table - its table
 * @param change - the change
 */
export function undoInsert(reader: AuditReader, table: RevertTable, change: ChangeToUndo): SqlFragment {
  return sql`WITH e AS (${entry(reader, change.at)}), done AS (
    DELETE FROM ${table.table} t USING e, ${rowOf(table, sql`e.new`, sql`want`)}
     WHERE ${recognised(table, change)} RETURNING 1) ${COUNT}`;
}

/**
 * Gives a row back what it was, if it still is what it was made.
 *
 * @param reader - the reading
 * @param table - its table
 * @param change - the change
 */
export function undoUpdate(reader: AuditReader, table: RevertTable, change: ChangeToUndo): SqlFragment {
  const set = change.restored.map((column) => sql`${identifier(column)} = ${identifier('was', column)}`);
  return sql`WITH e AS (${entry(reader, change.at)}), done AS (
    UPDATE ${table.table} t SET ${joinSql(set)} FROM e, ${rowOf(table, sql`e.new`, sql`want`)}, ${rowOf(table, sql`e.old`, sql`was`)}
     WHERE ${recognised(table, change)} RETURNING 1) ${COUNT}`;
}

/**
 * Makes a row again that was deleted, unless there is one of its key.
 *
 * @param reader - the reading
 * @param table - its table
 * @param change - the change
 */
export function undoDelete(reader: AuditReader, table: RevertTable, change: ChangeToUndo): SqlFragment {
  const columns = joinSql(change.restored.map((column) => identifier(column)));
  const values = joinSql(change.restored.map((column) => identifier('was', column)));
  return sql`WITH e AS (${entry(reader, change.at)}), done AS (
    INSERT INTO ${table.table} (${columns}) OVERRIDING SYSTEM VALUE SELECT ${values} FROM e, ${rowOf(table, sql`e.old`, sql`was`)}
     WHERE NOT EXISTS (SELECT FROM ${table.table} t WHERE ${sameColumns('t', table.key, 'was', table.key)}) RETURNING 1) ${COUNT}`;
}

/**
 * Locks a row that is to be deleted: foreign keys of others that are just referring to it hold it, too, until they are committed
 * and can be seen.
 *
 * @param reader - the reading
 * @param table - its table
 * @param at - the entry of its creation
 */
export function lockMade(reader: AuditReader, table: RevertTable, at: AuditPosition): SqlFragment {
  return sql`WITH e AS (${entry(reader, at)}), done AS (
    SELECT 1 FROM e, ${rowOf(table, sql`e.new`, sql`want`)}, ${table.table} t
     WHERE ${sameColumns('t', table.key, 'want', table.key)} FOR UPDATE OF t) ${COUNT}`;
}

/**
 * Tells whether rows refer to a row that is to be deleted: a foreign key might take them along.
 *
 * @param reader - the reading
 * @param table - its table
 * @param at - the entry of its creation
 * @param references - what may refer to it
 */
export function isReferenced(
  reader: AuditReader,
  table: RevertTable,
  at: AuditPosition,
  references: readonly Reference[],
): SqlFragment {
  const found = references.map(
    (reference) =>
      sql`EXISTS (SELECT FROM ${reference.table} c WHERE ${sameColumns('c', reference.columns, 't', reference.parentColumns)}${
        reference.child === table.name ? sql` AND NOT (${sameColumns('c', table.key, 't', table.key)})` : sql``
      })`,
  );
  return sql`WITH e AS (${entry(reader, at)}) SELECT EXISTS (
    SELECT FROM e, ${rowOf(table, sql`e.new`, sql`want`)}, ${table.table} t
     WHERE ${sameColumns('t', table.key, 'want', table.key)} AND (${joinSql(found, sql` OR `)}))::text AS answer`;
}

/**
 * Tells whether somebody else has changed a row since where that cannot be seen from the row: in columns that the image of the
 * entry does not have, or has no value of. Who changed it later waited for its lock, and so read the clock later.
 *
 * @param reader - the reading
 * @param row - the entry: where it is, and which row and request it is of
 * @param unseen - columns that the row is not compared by
 */
export function isChangedUnseen(
  reader: AuditReader,
  { at, model, targetId, requestId }: RowOfRequest,
  unseen: readonly string[],
): SqlFragment {
  const [request, xid] = [typed.text(requestId), typed.xid(at.xid)];
  return sql`SELECT EXISTS (SELECT FROM ${reader.from} e
    JOIN (SELECT e.created_at, e.seq FROM ${reader.from} e WHERE e.xid = ${xid} AND e.seq = ${typed.bigint(at.seq)}) own
      ON CASE WHEN e.xid = ${xid} THEN e.seq > own.seq ELSE e.created_at > own.created_at END
   WHERE ${reader.where} AND e.target_type = ${typed.text(model)} AND e.target_id = ${typed.text(targetId)}
     AND e.op IS NOT NULL AND e.request_id IS DISTINCT FROM ${request}
     AND NOT (e.xid = pg_catalog.pg_current_xact_id() AND COALESCE(e.metadata ->> 'revertOf' = ${request}, false))
     AND EXISTS (SELECT FROM pg_catalog.unnest(${typed.texts(unseen)}) k
       WHERE NULLIF(e.old -> k, 'null') IS DISTINCT FROM NULLIF(e.new -> k, 'null')
          OR e.new -> k = '{"redacted": true, "changed": true}'))::text AS answer`;
}

/** As text where that is how the image has it: what is read back from an image is what was written. */
function recognised(table: RevertTable, { compared, followed }: ChangeToUndo): SqlFragment {
  const followers = followed.map((column) => {
    const value = identifier('t', column);
    return sql`(${value} = ${identifier('want', column)} OR ${value} = ${identifier('was', column)})`;
  });
  const key = table.key.filter((column) => !followed.includes(column));
  const keys = key.length === 0 ? [] : [sameColumns('t', key, 'want', key)];
  const others = compared.filter((column) => !followed.includes(column));
  const same = others.map((column) => {
    const value = identifier('t', column);
    if (table.columns.get(column) !== 'bytea') {
      return sql`pg_catalog.to_jsonb(${value}) IS NOT DISTINCT FROM pg_catalog.to_jsonb(${identifier('want', column)})`;
    }
    const digest = sql`pg_catalog.encode(pg_catalog.sha256(${value}), 'hex')`;
    return sql`${digest} IS NOT DISTINCT FROM e.new -> ${typed.text(column)} ->> 'sha256'`;
  });
  return joinSql([...keys, ...followers, ...same], sql` AND `);
}
