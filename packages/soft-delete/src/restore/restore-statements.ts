import { identifier, joinSql, sql, type SqlFragment } from '@nestarc/postgres';
import { clearMark, columnSql, joinCondition, tableSql } from '../cascade/mark-sql';
import type { CascadeEdge, SoftModel } from '../model/soft-model';
import { nodeSql, sameKey } from '../rows/row-keys';
import { isIn, isNotIn } from '../rows/row-sets';
import { candidates, deletionTree, NODE, type RootKeys, ROOTS, TREE } from './deletion-tree.sql';
import type { ContestedKey, RestoreReach } from './restore-reach';

/** What {@link obstaclesStatement} answers. */
export interface Obstacles {
  /** How many of the rows are still there, and deleted. */
  readonly roots: number;
  /** Relations to rows that stay deleted, by their number in `parentEdges`. */
  readonly parents: readonly number[];
  /** Keys that active rows hold, by their number in `contested`. */
  readonly taken: readonly number[];
}

/** What {@link restoreStatement} answers. */
export interface Restored {
  /** How many of the rows that were asked for. */
  readonly roots: number;
  /** How many rows of each model, in the order of `models`. */
  readonly counts: readonly number[];
}

/**
 * Asks what stands in the way of a restoration, ahead of it: nothing is written by then, and the transaction can go on. Locks
 * the rows that are asked for, and the parents of what comes back: a deletion of these waits, or has been waited for.
 *
 * @param reach - what may be reached
 * @param root - the model of the rows
 * @param keys - keys of the rows
 */
export function obstaclesStatement(reach: RestoreReach, root: SoftModel, keys: RootKeys): SqlFragment {
  const locked = identifier('~locked');
  const parents = reach.parentEdges.map((edge, index) => [identifier(`~parent${index}`), staysDeleted(edge)] as const);
  const expressions = [
    deletionTree(reach, root, keys),
    sql`${locked} AS MATERIALIZED (SELECT 1 FROM ${tableSql(root.info)} AS held JOIN ${candidates(root)} AS of
      ON ${sameKey(root.info, 'held', 'of')} WHERE ${isIn(sql`of.${NODE}`, ROOTS, NODE)}
       AND ${columnSql(root.info, root.deletedAt, 'held')} IS NOT NULL FOR UPDATE OF held)`,
    ...parents.map(([name, statement]) => sql`${name} (gone) AS MATERIALIZED (${statement})`),
  ];
  // Each is read to its end, or some of its rows would not be locked.
  const isGone = parents.map(([name]) => sql`(SELECT COALESCE(bool_or(gone), false) FROM ${name})`);
  const isTaken = reach.contested.map((contested) => sql`EXISTS (${holders(contested)})`);
  return sql`SELECT (WITH RECURSIVE ${joinSql(expressions)}
    SELECT jsonb_build_object('roots', (SELECT count(*) FROM ${locked}), 'parents', ${numbers(isGone)},
      'taken', ${numbers(isTaken)}))::text AS answer`;
}

const isReached = (): SqlFragment => isIn(sql`of.${NODE}`, TREE);

/** The numbers of those that are true. */
function numbers(conditions: readonly SqlFragment[]): SqlFragment {
  if (conditions.length === 0) return sql`'[]'::jsonb`;
  return sql`(SELECT COALESCE(jsonb_agg(number - 1 ORDER BY number), '[]')
    FROM unnest(ARRAY[${joinSql(conditions)}]::boolean[]) WITH ORDINALITY AS condition (holds, number) WHERE holds)`;
}

function staysDeleted({ parent, child, childKeys, parentKeys }: CascadeEdge): SqlFragment {
  const join = joinCondition(
    { info: child.info, alias: 'of', fields: childKeys },
    { info: parent.info, alias: 'parent', fields: parentKeys },
  );
  return sql`SELECT ${columnSql(parent.info, parent.deletedAt, 'parent')} IS NOT NULL
    FROM ${candidates(child)} AS of JOIN ${tableSql(parent.info)} AS parent ON ${join}
    WHERE ${isReached()} AND ${isNotIn(nodeSql(parent.info, 'parent'), TREE)}
    FOR SHARE OF parent`;
}

function holders({ model, unique }: ContestedKey): SqlFragment {
  const { info, deletedAt } = model;
  const join = joinCondition(
    { info, alias: 'holder', fields: unique.fields },
    { info, alias: 'of', fields: unique.fields },
  );
  return sql`SELECT FROM ${candidates(model)} AS of JOIN ${tableSql(info)} AS holder ON ${join}
    WHERE ${isReached()} AND ${columnSql(info, deletedAt, 'holder')} IS NULL`;
}

/**
 * Restores rows and what came along with them, all in one statement: parents and children are active at the same moment, so
 * that no guard finds one without the other, and the number of statements depends on nothing.
 *
 * @param reach - what may be reached
 * @param root - the model of the rows
 * @param keys - keys of the rows
 * @param now - the instant that `@updatedAt` fields are set to
 */
export function restoreStatement(reach: RestoreReach, root: SoftModel, keys: RootKeys, now: Date): SqlFragment {
  const updates = reach.models.map((model, index) => [identifier(`~restored${index}`), restoring(model, now)] as const);
  const expressions = [
    deletionTree(reach, root, keys),
    ...updates.map(([name, statement]) => sql`${name} (node) AS (${statement})`),
  ];
  const counts = updates.map(([name]) => sql`(SELECT count(*) FROM ${name})`);
  return sql`WITH RECURSIVE ${joinSql(expressions)}
    SELECT jsonb_build_object('counts', jsonb_build_array(${joinSql(counts)}), 'roots', (
      SELECT count(*) FROM ${identifier('~restored0')} AS done WHERE ${isIn(sql`done.node`, ROOTS, NODE)}))::text AS answer`;
}

/** Somebody else may have restored a row since the statement began: it is looked at again once it can be locked. */
function restoring(model: SoftModel, now: Date): SqlFragment {
  const { info, deletedAt } = model;
  return sql`UPDATE ${tableSql(info)} AS held SET ${clearMark(model, now)}
    FROM ${candidates(model)} AS of WHERE ${sameKey(info, 'held', 'of')} AND ${isReached()} AND ${columnSql(info, deletedAt, 'held')} IS NOT NULL RETURNING of.${NODE}`;
}
