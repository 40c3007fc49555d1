import { sql, type SqlFragment } from '@nestarc/postgres';
import type { CascadeEdge, SoftModel } from '../model/soft-model';
import { assignMark, columnSql, type DeletionMark, hasMark, joinCondition, tableSql } from './mark-sql';

/**
 * Deletes the active children of everything a deletion has taken of a model, in one statement whatever their number.
 *
 * @param edge - the relation
 * @param mark - the marks of the deletion
 */
export function cascadeStatement(edge: CascadeEdge, mark: DeletionMark): SqlFragment {
  const { parent, child } = edge;
  return sql`UPDATE ${tableSql(child.info)} AS child SET ${assignMark(child, mark)}
    FROM ${tableSql(parent.info)} AS parent WHERE ${isActiveChild(edge, mark)}`;
}

/**
 * Asks whether there are such children.
 *
 * @param edge - the relation
 * @param mark - the marks of the deletion
 */
export function childrenProbe(edge: CascadeEdge, mark: DeletionMark): SqlFragment {
  const { parent, child } = edge;
  return sql`SELECT 1 AS found FROM ${tableSql(child.info)} AS child, ${tableSql(parent.info)} AS parent
    WHERE ${isActiveChild(edge, mark)} LIMIT 1`;
}

/**
 * Counts what a deletion has taken of a model.
 *
 * @param model - the model
 * @param mark - the marks of the deletion
 */
export function countStatement(model: SoftModel, mark: DeletionMark): SqlFragment {
  return sql`SELECT count(*)::integer AS count FROM ${tableSql(model.info)} AS marked WHERE ${hasMark(model, 'marked', mark)}`;
}

function isActiveChild({ parent, child, childKeys, parentKeys }: CascadeEdge, mark: DeletionMark): SqlFragment {
  const join = joinCondition(
    { info: child.info, alias: 'child', fields: childKeys },
    { info: parent.info, alias: 'parent', fields: parentKeys },
  );
  return sql`${hasMark(parent, 'parent', mark)} AND ${join} AND ${columnSql(child.info, child.deletedAt, 'child')} IS NULL`;
}
