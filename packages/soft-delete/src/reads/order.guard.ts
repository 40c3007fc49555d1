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
 */
export function noteOrders(scope: ReadScope, model: string, orderBy: unknown, checks: DeferredChecks): void {
  if (!reachesDeleted(scope.schema, model)) return;
  for (const order of [orderBy].flat()) noteOrder(scope, model, order, `${model}.orderBy`, checks);
}

function noteOrder(scope: ReadScope, model: string, order: unknown, path: string, checks: DeferredChecks): void {
  if (!isQueryObject(order)) return;
  const info = scope.schema.metadata.model(model);
  for (const [key, value] of Object.entries(order)) {
    const target = info?.field(key)?.relation?.model;
    if (target === undefined || !isQueryObject(value) || Object.keys(value).length === 0) continue;
    const here = `${path}.${key}`;
    if (hidesDeleted(scope, target) !== undefined) checks.addOrder(target, here);
    noteOrder(scope, target, value, here, checks);
  }
}
