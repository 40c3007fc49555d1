import { identifier, joinSql, sql, type SqlFragment } from '@nestarc/postgres';
import type { ModelMetadata } from '@nestarc/prisma';
import { columnSql, joinCondition, tableSql } from '../cascade/mark-sql';
import type { SoftModel } from '../model/soft-model';
import { columnsSql, keyRows, nodeSql, sameKey } from '../rows/row-keys';
import { isIn, isNotIn, steadyRows } from '../rows/row-sets';
import { objectName } from '../sql/ddl';
import { keyOf } from '../writes/unique-where';
import { type Reference, referencesTo } from './reference';

/** Rows that may be removed. */
export interface PurgeSet {
  /** Their model. */
  readonly soft: SoftModel;
  /** Their keys, as JSON; `undefined` for all that are old enough. */
  readonly keys: string | undefined;
}

/** What {@link removeStatement} and {@link countStatement} answer. */
export interface PurgeAnswer {
  /** How many rows of each model were, or would be, removed. */
  readonly purged: readonly number[];
  /** How many of each model stay, because others refer to them. */
  readonly kept: readonly number[];
}

const KEY = '~key';
const NODE = identifier('~node');
const KEPT = identifier('~kept');
const INNER = identifier('~inner');
const OUTER = identifier('~outer');
/** Stands for a whole row: a column of that name would stand in its place. */
const LOCKED = identifier('~locked');

/**
 * Locks rows ahead of their removal, and leaves out those that somebody else works on. A foreign key that is being put on one
 * of them has to wait from now on, or holds a lock and has the row left out: what the next statement sees stays true.
 *
 * @param sets - the rows
 * @param olderThan - rows that were deleted later, or are active again, are left out
 * @returns answers an array with the keys of each set, as JSON
 */
export function lockStatement(sets: readonly PurgeSet[], olderThan: Date): SqlFragment {
  const locked = sets.map((set) => {
    const { info } = set.soft;
    return sql`(SELECT COALESCE(jsonb_agg(to_jsonb(${LOCKED})), '[]')::text FROM (SELECT ${columnsSql(info, keyOf(info), 'held')}
      FROM ${rowsOf(set, olderThan)} FOR UPDATE OF held SKIP LOCKED) AS ${LOCKED})`;
  });
  return sql`SELECT jsonb_build_array(${joinSql(locked)})::text AS answer`;
}

/**
 * Removes those of the rows that nothing refers to which stays.
 *
 * @param metadata - knows the foreign keys
 * @param sets - the rows, which are locked
 * @param olderThan - rows that were deleted later, or are active again, stay
 */
export function removeStatement(metadata: ModelMetadata, sets: readonly PurgeSet[], olderThan: Date): SqlFragment {
  const removals = sets.map(({ soft }, index) => {
    const { info } = soft;
    // A key that counts among active rows only finds one of these, too.
    const statement = sql`DELETE FROM ${tableSql(info)} AS held USING ${nameOf(soft)} AS of
      WHERE ${sameKey(info, 'held', 'of')} AND ${isOld(soft, olderThan)} AND ${isFree()} RETURNING 1`;
    return [identifier(`~removed${index}`), statement] as const;
  });
  const expressions = [
    ...keptExpressions(metadata, sets, olderThan),
    ...removals.map(([name, statement]) => sql`${name} AS (${statement})`),
  ];
  const purged = removals.map(([name]) => sql`(SELECT count(*) FROM ${name})`);
  return sql`WITH RECURSIVE ${joinSql(expressions)} SELECT ${answerSql(sets, purged)} AS answer`;
}

/**
 * Counts what a removal of the rows would remove, and writes nothing.
 *
 * @param metadata - knows the foreign keys
 * @param sets - the rows
 * @param olderThan - rows that were deleted later are left out
 */
export function countStatement(metadata: ModelMetadata, sets: readonly PurgeSet[], olderThan: Date): SqlFragment {
  const purged = sets.map(({ soft }) => sql`(SELECT count(*) FROM ${nameOf(soft)} AS of WHERE ${isFree()})`);
  return sql`SELECT (WITH RECURSIVE ${joinSql(keptExpressions(metadata, sets, olderThan))}
    SELECT ${answerSql(sets, purged)}) AS answer`;
}

function answerSql(sets: readonly PurgeSet[], purged: readonly SqlFragment[]): SqlFragment {
  const kept = sets.map(
    ({ soft }) => sql`(SELECT count(*) FROM ${nameOf(soft)} AS of WHERE ${isIn(sql`of.${NODE}`, KEPT)})`,
  );
  return sql`jsonb_build_object('purged', jsonb_build_array(${joinSql(purged)}), 'kept', jsonb_build_array(${joinSql(kept)}))::text`;
}

const isFree = (): SqlFragment => isNotIn(sql`of.${NODE}`, KEPT);

/** No name of a model begins so, and thus none that a statement has for something else. */
const nameOf = ({ name }: SoftModel): SqlFragment => identifier(objectName(`~~${name}`));

/** A row stays when one refers to it that is not among them; and then all those stay that it refers to itself. */
function keptExpressions(metadata: ModelMetadata, sets: readonly PurgeSet[], olderThan: Date): readonly SqlFragment[] {
  const references = sets.flatMap(({ soft }) => referencesTo(metadata, soft.name));
  const setOf = (name: string): PurgeSet | undefined => sets.find(({ soft }) => soft.name === name);
  const inner = references.flatMap((reference) =>
    innerLinks(reference, setOf(reference.parent), setOf(reference.child.name)),
  );
  const outer = references.flatMap((reference) =>
    outerLinks(reference, setOf(reference.parent), setOf(reference.child.name)),
  );
  const none = sql`SELECT NULL::text`;
  return [
    ...sets.map((set) => setExpression(set, references, olderThan)),
    sql`${INNER} (parent, child) AS MATERIALIZED (${inner.length === 0 ? sql`${none}, NULL::text WHERE false` : unionAll(inner)})`,
    sql`${OUTER} (node) AS MATERIALIZED (${outer.length === 0 ? sql`${none} WHERE false` : unionAll(outer)})`,
    sql`${KEPT} (node) AS (SELECT node FROM ${OUTER}
      UNION SELECT link.parent FROM ${KEPT} AS kept JOIN ${INNER} AS link ON link.child = kept.node)`,
  ];
}

const unionAll = (selects: readonly SqlFragment[]): SqlFragment => joinSql(selects, sql` UNION ALL `);

function setExpression(set: PurgeSet, references: readonly Reference[], olderThan: Date): SqlFragment {
  const { info, name } = set.soft;
  const fields = [
    ...keyOf(info),
    ...references.filter(({ parent }) => parent === name).flatMap((reference) => reference.references),
    ...references.filter(({ child }) => child.name === name).flatMap((reference) => reference.fields),
  ];
  const rows = steadyRows(info, sql`SELECT ${columnsSql(info, fields, 'held')} FROM ${rowsOf(set, olderThan)}`);
  return sql`${nameOf(set.soft)} AS MATERIALIZED (
    SELECT ${columnsSql(info, fields, 'of')}, ${nodeSql(info, 'of')} AS ${NODE} FROM ${rows} AS of)`;
}

function joinAlong({ child, fields, references }: Reference, parent: SoftModel): SqlFragment {
  return joinCondition({ info: child, alias: 'child', fields }, { info: parent.info, alias: 'of', fields: references });
}

function innerLinks(reference: Reference, parent: PurgeSet | undefined, child: PurgeSet | undefined): SqlFragment[] {
  if (parent === undefined || child === undefined) return [];
  return [
    sql`SELECT of.${NODE}, child.${NODE} FROM ${nameOf(parent.soft)} AS of
      JOIN ${nameOf(child.soft)} AS child ON ${joinAlong(reference, parent.soft)}`,
  ];
}

function outerLinks(reference: Reference, parent: PurgeSet | undefined, child: PurgeSet | undefined): SqlFragment[] {
  if (parent === undefined) return [];
  const isOutside =
    child === undefined ? sql`true` : isNotIn(nodeSql(reference.child, 'child'), nameOf(child.soft), NODE);
  return [
    sql`SELECT of.${NODE} FROM ${nameOf(parent.soft)} AS of WHERE EXISTS (
      SELECT FROM ${tableSql(reference.child)} AS child WHERE ${joinAlong(reference, parent.soft)} AND ${isOutside})`,
  ];
}

function rowsOf({ soft, keys }: PurgeSet, olderThan: Date): SqlFragment {
  const { info } = soft;
  const table = sql`${tableSql(info)} AS held`;
  const condition = isOld(soft, olderThan);
  if (keys === undefined) return sql`${table} WHERE ${condition}`;
  const key = identifier(KEY);
  return sql`${table} JOIN ${keyRows(info, keys, key)} ON ${sameKey(info, 'held', KEY)} WHERE ${condition}`;
}

function isOld({ info, deletedAt }: SoftModel, olderThan: Date): SqlFragment {
  const isZoned = info.field(deletedAt)?.nativeType?.startsWith('Timestamptz') === true;
  const cutoff = sql`${olderThan.toISOString()}::text::timestamptz`;
  return sql`${columnSql(info, deletedAt, 'held')} < ${isZoned ? cutoff : sql`${cutoff} AT TIME ZONE 'UTC'`}`;
}
