import { hidesDeleted } from './deleted-rows';
import type { DeferredChecks } from './deferred-checks';
import { isQueryObject } from './query-value';
import type { ReadScope } from './read-scope';
import { reachesDeleted } from './schema-reach';

/**
 * Looks for orders by relations to rows that may be deleted. There is no way to tell Prisma which related rows to order by.
 *
 * @param scope - what the rewriting goes by
 * @param model - the model that is ordered
 * @param orderBy - the order
 * @param checks - told of such orders
 * @param fromCursor - whether the rows that come behind another one are asked of PostgreSQL. Defaults to false
 */
export function noteOrders(
  scope: ReadScope,
  model: string,
  orderBy: unknown,
  checks: DeferredChecks,
  fromCursor = false,
): void {
  if (!reachesDeleted(scope.schema, model)) return;
  const place = { scope, checks, fromCursor };
  for (const order of [orderBy].flat()) noteOrder(place, model, order, `${model}.orderBy`);
}

interface Place {
  readonly scope: ReadScope;
  readonly checks: DeferredChecks;
  readonly fromCursor: boolean;
}

function noteOrder(place: Place, model: string, order: unknown, path: string): void {
  if (!isQueryObject(order)) return;
  const { scope, checks, fromCursor } = place;
  const info = scope.schema.metadata.model(model);
  for (const [key, value] of Object.entries(order)) {
    const field = info?.field(key);
    const target = field?.relation?.model;
    if (target === undefined || !isQueryObject(value) || Object.keys(value).length === 0) continue;
    const here = `${path}.${key}`;
    // Where a foreign key is set Prisma compares with the value behind it, and that of a hidden row is null: nothing comes then.
    if (hidesDeleted(scope, target) !== undefined) checks.addOrder(target, here, fromCursor && !field?.isList);
    noteOrder(place, target, value, here);
  }
}
