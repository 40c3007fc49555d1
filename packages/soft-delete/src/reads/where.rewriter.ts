import type { FieldInfo } from '@nestarc/prisma';
import type { SoftModel } from '../model/soft-model';
import { hidesDeleted } from './deleted-rows';
import { mentionsDeletion } from './own-mention';
import { isGiven, isQueryObject, mapOneOrMany, mapValues, type QueryObject } from './query-value';
import type { ReadScope } from './read-scope';
import { listFilter, type RelatedFilter, rowFilter } from './relation-filter';
import { reachesDeleted } from './schema-reach';

/** How {@link activeFilter} treats what the caller said. */
export interface ActiveFilterOptions {
  /** Whether a filter that mentions the mark of deleted rows is left to mean what it says. */
  readonly optOut: boolean;
}

/**
 * Filters the rows of a model by what the caller may see, there and in the relations the filter follows.
 *
 * @param scope - what the rewriting goes by
 * @param model - name of the model
 * @param where - the caller's filter, never changed
 * @param options - see {@link ActiveFilterOptions}
 */
export function activeFilter(scope: ReadScope, model: string, where: unknown, options: ActiveFilterOptions): unknown {
  const inside = rewriteWhere(scope, model, where);
  const soft = scope.schema.soft(model);
  if (soft === undefined) return inside;
  const { visibility } = scope;
  if (hidesDeleted(scope, model) === undefined) {
    const only = visibility.modeOf(model) === 'onlyDeleted' && !visibility.isSkipped(model);
    return only ? restrict(soft, inside, { not: null }) : inside;
  }
  return onlyActive(scope, soft, where, inside, options);
}

/**
 * Filters the related rows of a model that a query shows or counts.
 *
 * @param scope - what the rewriting goes by
 * @param model - name of the related model
 * @param where - the caller's filter, never changed
 * @param path - relations from the root of the query
 */
export function relatedFilter(scope: ReadScope, model: string, where: unknown, path: string): unknown {
  const inside = rewriteWhere(scope, model, where);
  const soft = hidesDeleted(scope, model, path);
  return soft === undefined ? inside : onlyActive(scope, soft, where, inside, { optOut: true });
}

/**
 * Rewrites the filters of relations within a filter.
 *
 * @param scope - what the rewriting goes by
 * @param model - name of the model that is filtered
 * @param where - the filter, never changed
 */
export function rewriteWhere(scope: ReadScope, model: string, where: unknown): unknown {
  if (!isQueryObject(where) || !reachesDeleted(scope.schema, model)) return where;
  const info = scope.schema.metadata.model(model);
  return mapValues(where, (value, key) => {
    if (!isGiven(value)) return value;
    if (key === 'AND' || key === 'OR' || key === 'NOT') {
      return mapOneOrMany(value, (part) => rewriteWhere(scope, model, part));
    }
    const field = info?.field(key);
    return field?.relation === undefined ? value : rewriteRelation(scope, field, field.relation.model, value);
  });
}

function rewriteRelation(scope: ReadScope, field: FieldInfo, target: string, value: unknown): unknown {
  const soft = hidesDeleted(scope, target);
  const related: RelatedFilter = {
    deletedAt: soft?.deletedAt,
    rewrite: (where) => rewriteWhere(scope, target, where),
    speaks: (where) => {
      const speaks = soft !== undefined && mentionsDeletion(soft, where);
      if (speaks) scope.opened.add(target);
      return speaks;
    },
  };
  return field.isList ? listFilter(related, value) : rowFilter(related, value, field.isRequired);
}

function onlyActive(
  scope: ReadScope,
  soft: SoftModel,
  where: unknown,
  inside: unknown,
  { optOut }: ActiveFilterOptions,
): unknown {
  if (optOut && mentionsDeletion(soft, where)) {
    scope.opened.add(soft.name);
    return inside;
  }
  return restrict(soft, inside, null);
}

/**
 * The mark goes beside the caller's filters where it can: Prisma merges `findUnique` calls of one tick into one statement
 * with `{ id, deletedAt: null }`, and does not with `{ id, AND: [{ deletedAt: null }] }` (7.10 and 6.19).
 */
function restrict({ deletedAt }: SoftModel, where: unknown, mark: QueryObject | null): unknown {
  if (!isGiven(where)) return { [deletedAt]: mark };
  if (!isQueryObject(where)) return where;
  if (!isGiven(where[deletedAt])) return { ...where, [deletedAt]: mark };
  const others = isGiven(where['AND']) ? [where['AND']].flat() : [];
  return { ...where, AND: [...others, { [deletedAt]: mark }] };
}
