import type { FieldInfo, ModelInfo } from '@nestarc/prisma';
import { DeletedRelationError } from '../errors/deleted-relation.error';
import type { SoftModel } from '../model/soft-model';
import type { RelationProjector, RowProjector } from './answer.projector';
import { rewriteCount } from './count.rewriter';
import type { DeferredChecks } from './deferred-checks';
import { hidesDeleted } from './deleted-rows';
import { mentionsDeletion } from './own-mention';
import { noteOrders } from './order.guard';
import { isQueryObject, mapValues, type QueryObject } from './query-value';
import type { ReadScope } from './read-scope';
import { reachesDeleted } from './schema-reach';
import { type MarkedSelection, markRow } from './row.mark';
import { relatedFilter } from './where.rewriter';

/** A selection that keeps deleted rows out. */
export interface RewrittenSelection {
  /** The arguments that the selection is part of. */
  readonly args: QueryObject;
  /** What is left to do to the answer. */
  readonly rows: RowProjector | undefined;
}

/** Where in a query a selection stands. */
interface Place {
  readonly scope: ReadScope;
  readonly checks: DeferredChecks;
  readonly info: ModelInfo;
  readonly path: string;
  readonly relations: RelationProjector[];
  /** Whether the row is the only one of its kind in the answer, and so are the parents. */
  readonly isSingle: boolean;
}

/**
 * Rewrites what a query shows: `select` and `include`, at every depth.
 *
 * @param scope - what the rewriting goes by
 * @param checks - told of what is judged later
 * @param model - name of the model
 * @param args - arguments with the selection among them, never changed
 * @param at - where it stands: relations from the root of the query, and whether the root is a single row
 */
export function rewriteShown(
  scope: ReadScope,
  checks: DeferredChecks,
  model: string,
  args: QueryObject,
  at: { readonly path: string; readonly isSingle: boolean },
): RewrittenSelection {
  const info = scope.schema.metadata.model(model);
  if (info === undefined || !reachesDeleted(scope.schema, model)) return { args, rows: undefined };
  const relations: RelationProjector[] = [];
  const place: Place = { scope, checks, info, relations, ...at };
  const rewritten = mapValues(args, (value, key) =>
    (key === 'select' || key === 'include') && isQueryObject(value)
      ? mapValues(value, (shown, field) => rewriteField(place, field, shown))
      : value,
  );
  return { args: rewritten, rows: relations.length === 0 ? undefined : { relations } };
}

function rewriteField(place: Place, name: string, shown: unknown): unknown {
  if (shown !== true && !isQueryObject(shown)) return shown;
  const { scope, info } = place;
  if (name === '_count') return rewriteCount(scope, info, shown, (field) => pathTo(place, field));
  const field = info.field(name);
  const target = field?.relation?.model;
  if (field === undefined || target === undefined || !reachesDeleted(scope.schema, target)) return shown;
  const args = shown === true ? {} : shown;
  const rewritten = field.isList ? rewriteList(place, field, target, args) : rewriteRow(place, field, target, args);
  return rewritten === args ? shown : rewritten;
}

function rewriteList(place: Place, field: FieldInfo, target: string, args: QueryObject): QueryObject {
  const { scope, checks, relations } = place;
  const path = pathTo(place, field.name);
  const nested = rewriteShown(scope, checks, target, args, { path, isSingle: false });
  if (nested.rows !== undefined) relations.push({ field: field.name, rows: nested.rows });
  // Prisma looks for the cursor among the rows it has read, except in a list of a single row.
  noteOrders(scope, target, args['orderBy'], checks, place.isSingle && isQueryObject(args['cursor']));
  noteCursor(place, field, target, args, path);
  const given = args['where'];
  const where = relatedFilter(scope, target, given, path);
  return where === given ? nested.args : { ...nested.args, where };
}

/** Prisma looks for the cursor among the rows it has read, except in a list of a single row, where PostgreSQL does. */
function noteCursor(
  { isSingle, scope, checks }: Place,
  field: FieldInfo,
  model: string,
  args: QueryObject,
  path: string,
): void {
  const { cursor, where } = args;
  if (!isSingle || !isQueryObject(cursor)) return;
  const soft = hidesDeleted(scope, model, path);
  if (soft === undefined || mentionsDeletion(soft, where)) return;
  checks.addCursor({ model, field: field.name, cursor });
}

function rewriteRow(place: Place, field: FieldInfo, target: string, args: QueryObject): QueryObject {
  const { scope, checks, relations } = place;
  const path = pathTo(place, field.name);
  const nested = rewriteShown(scope, checks, target, args, { path, isSingle: false });
  const soft = hidesDeleted(scope, target, path);
  const marked = soft === undefined ? undefined : markRelated(place, field, soft, nested.args);
  const { rows } = nested;
  if (marked !== undefined || rows !== undefined) relations.push({ field: field.name, mark: marked?.mark, rows });
  return marked?.args ?? nested.args;
}

/** Prisma takes no filter for a relation to one. */
function markRelated(
  { scope, info }: Place,
  field: FieldInfo,
  soft: SoftModel,
  args: QueryObject,
): MarkedSelection | undefined {
  const isRefused = field.isRequired && scope.options.deletedToOne === 'error';
  return markRow(scope, soft, args, isRefused ? () => new DeletedRelationError(info.name, field.name) : undefined);
}

const pathTo = ({ path }: Place, field: string): string => (path === '' ? field : `${path}.${field}`);
