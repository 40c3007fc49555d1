import type { ModelInfo } from '@nestarc/prisma';
import { isGiven, isQueryObject, mapValues, type QueryObject } from './query-value';
import type { ReadScope } from './read-scope';
import { reachesDeleted } from './schema-reach';
import { relatedFilter } from './where.rewriter';

/**
 * Rewrites `_count` of relations so that deleted rows do not count.
 *
 * @param scope - what the rewriting goes by
 * @param info - the model whose relations are counted
 * @param value - what the caller says under `_count`, never changed
 * @param pathTo - gives the path of a relation from the root of the query
 */
export function rewriteCount(
  scope: ReadScope,
  info: ModelInfo,
  value: unknown,
  pathTo: (field: string) => string,
): unknown {
  if (value === true) {
    const select = rewriteCounted(scope, info, everyList(info), pathTo);
    return Object.values(select).every((counted) => counted === true) ? value : { select };
  }
  if (!isQueryObject(value) || !isQueryObject(value['select'])) return value;
  const select = rewriteCounted(scope, info, value['select'], pathTo);
  return select === value['select'] ? value : { ...value, select };
}

const everyList = ({ fields }: ModelInfo): QueryObject =>
  Object.fromEntries(
    fields.filter(({ isList, relation }) => isList && relation !== undefined).map(({ name }) => [name, true]),
  );

function rewriteCounted(
  scope: ReadScope,
  info: ModelInfo,
  select: QueryObject,
  pathTo: (field: string) => string,
): QueryObject {
  return mapValues(select, (counted, name) => {
    const target = info.field(name)?.relation?.model;
    if (target === undefined || !isGiven(counted) || !reachesDeleted(scope.schema, target)) return counted;
    if (counted !== true && !isQueryObject(counted)) return counted;
    const given = counted === true ? undefined : counted['where'];
    const where = relatedFilter(scope, target, given, pathTo(name));
    if (where === given) return counted;
    return counted === true ? { where } : { ...counted, where };
  });
}
