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
