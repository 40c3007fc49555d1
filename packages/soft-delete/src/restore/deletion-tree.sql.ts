import { identifier, joinSql, sql, type SqlFragment } from '@nestarc/postgres';
import { columnSql, joinCondition, tableSql } from '../cascade/mark-sql';
import type { CascadeEdge, SoftModel } from '../model/soft-model';
import { objectName } from '../sql/ddl';
import { steadyRows } from '../rows/row-sets';
import { columnsSql, keyRows, nodeSql, sameKey } from '../rows/row-keys';
import { keyOf } from '../writes/unique-where';
import type { RestoreReach } from './restore-reach';

/** Names of what a statement works with; no table is called so. */
export const TREE: SqlFragment = identifier('~tree');
/** The rows that were asked for. */
export const ROOTS: SqlFragment = identifier('~roots');
const MARKS = identifier('~marks');
const LINKS = identifier('~links');

/** Column of {@link candidates} that names the row. */
export const NODE: SqlFragment = identifier('~node');
const AT = identifier('~at');
const ID = identifier('~id');

/**
 * Names the deleted rows of a model that belong to one of the deletions. No name of a model begins as this does, so that one
 * called `links` is told from the links of the statement.
 *
 * @param model - the model
 */
export function candidates({ name }: SoftModel): SqlFragment {
  return identifier(objectName(`~~${name}`));
}

/** The rows that are asked for. */
export interface RootKeys {
  /** Their keys, as JSON. */
  readonly json: string;
  /** Whether the deletion of each has an id. */
  readonly areNamed: boolean;
}

/**
 * Finds the rows that came along with others when these were deleted: of the same deletion, and hanging on them by relations
 * that deletions spread along. All models at once: each row of the deletions is looked up once, by the index of its mark; the
 * relations between them are joins; what hangs together is a walk over these, which ends in a cycle, too.
 *
 * @param reach - what may be reached
 * @param root - the model of the rows
 * @param keys - keys of the rows
 * @returns common table expressions, to stand behind `WITH RECURSIVE`
 */
export function deletionTree(reach: RestoreReach, root: SoftModel, keys: RootKeys): SqlFragment {
  const links = reach.edges.map(linksAlong);
  const nothing = sql`SELECT NULL::text AS parent, NULL::text AS child WHERE false`;
  const key = identifier('~key');
  return joinSql([
    sql`${ROOTS} AS MATERIALIZED (SELECT ${marksOf(root, 'root')} FROM ${tableSql(root.info)} AS root
      JOIN ${keyRows(root.info, keys.json, key)} ON ${sameKey(root.info, 'root', '~key')}
      WHERE ${columnSql(root.info, root.deletedAt, 'root')} IS NOT NULL)`,
    sql`${MARKS} AS MATERIALIZED (SELECT DISTINCT ${AT}, ${ID} FROM ${ROOTS})`,
    ...reach.models.map((model) => candidatesOf(reach, root, model, keys.areNamed)),
    sql`${LINKS} (parent, child) AS MATERIALIZED (${links.length === 0 ? nothing : joinSql(links, sql` UNION ALL `)})`,
    sql`${TREE} (node) AS (SELECT ${NODE} FROM ${ROOTS}
      UNION SELECT link.child FROM ${TREE} AS reached JOIN ${LINKS} AS link ON link.parent = reached.node)`,
  ]);
}

/** Instants are compared as such, whatever the columns make of them: those without a time zone hold UTC. */
function marksOf(model: SoftModel, alias: string): SqlFragment {
  const { info, deletionId } = model;
  const id = deletionId === undefined ? sql`NULL::text` : sql`${columnSql(info, deletionId, alias)}::text`;
  return sql`${nodeSql(info, alias)} AS ${NODE}, ${instantOf(model, alias)} AS ${AT}, ${id} AS ${ID}`;
}

function instantOf(model: SoftModel, alias: string): SqlFragment {
  const column = columnSql(model.info, model.deletedAt, alias);
  return isZoned(model) ? column : sql`(${column} AT TIME ZONE 'UTC')`;
}

const isZoned = ({ info, deletedAt }: SoftModel): boolean =>
  info.field(deletedAt)?.nativeType?.startsWith('Timestamptz') === true;

function candidatesOf(reach: RestoreReach, root: SoftModel, model: SoftModel, areNamed: boolean): SqlFragment {
  const { info, deletedAt, deletionId } = model;
  const fields = neededFields(reach, model);
  const marks = deletionId === undefined ? [deletedAt] : [deletedAt, deletionId];
  const selects = isMarked(root, model, areNamed).map(
    (condition) => sql`SELECT ${columnsSql(info, [...fields, ...marks], 'of')} FROM ${tableSql(info)} AS of
      WHERE ${columnSql(info, deletedAt, 'of')} IS NOT NULL AND ${condition}`,
  );
  const rows = steadyRows(info, joinSql(selects, sql` UNION ALL `));
  return sql`${candidates(model)} AS MATERIALIZED (
    SELECT ${columnsSql(info, fields, 'of')}, ${marksOf(model, 'of')} FROM ${rows} AS of)`;
}

function neededFields({ parentEdges, edges, contested }: RestoreReach, model: SoftModel): string[] {
  return [
    ...keyOf(model.info),
    ...edges.filter(({ parent }) => parent === model).flatMap(({ parentKeys }) => parentKeys),
    ...parentEdges.filter(({ child }) => child === model).flatMap(({ childKeys }) => childKeys),
    ...contested.filter((key) => key.model === model).flatMap(({ unique }) => unique.fields),
  ];
}

/** One condition for each way to tell: as one, PostgreSQL could not look either up in an index. */
function isMarked(root: SoftModel, model: SoftModel, areNamed: boolean): readonly SqlFragment[] {
  const { info, deletedAt, deletionId } = model;
  const at = isZoned(model) ? AT : sql`${AT} AT TIME ZONE 'UTC'`;
  const instants = (where: SqlFragment): SqlFragment =>
    sql`${columnSql(info, deletedAt, 'of')} IN (SELECT ${at} FROM ${MARKS} WHERE ${where})`;
  if (deletionId === undefined || root.deletionId === undefined) return [instants(sql`true`)];
  const column = columnSql(info, deletionId, 'of');
  const id = info.field(deletionId)?.nativeType === 'Uuid' ? sql`${ID}::uuid` : ID;
  const byId = sql`${column} IN (SELECT ${id} FROM ${MARKS} WHERE ${ID} IS NOT NULL)`;
  return areNamed ? [byId] : [byId, sql`${column} IS NULL AND ${instants(sql`${ID} IS NULL`)}`];
}

function linksAlong({ parent, child, childKeys, parentKeys }: CascadeEdge): SqlFragment {
  const join = joinCondition(
    { info: child.info, alias: 'child', fields: childKeys },
    { info: parent.info, alias: 'parent', fields: parentKeys },
  );
  const byInstant = sql`child.${AT} = parent.${AT}`;
  const isSameDeletion =
    parent.deletionId === undefined || child.deletionId === undefined
      ? byInstant
      : sql`child.${ID} IS NOT DISTINCT FROM parent.${ID} AND (child.${ID} IS NOT NULL OR ${byInstant})`;
  return sql`SELECT parent.${NODE}, child.${NODE} FROM ${candidates(parent)} AS parent
    JOIN ${candidates(child)} AS child ON ${join} WHERE ${isSameDeletion}`;
}
