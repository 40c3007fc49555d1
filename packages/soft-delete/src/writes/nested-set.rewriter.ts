import type { OperationTransaction } from '@nestarc/prisma';
import type { SoftModel } from '../model/soft-model';
import { hidesDeleted } from '../reads/deleted-rows';
import { isQueryObject, mapOneOrMany, type QueryObject } from '../reads/query-value';
import type { NestedPlace } from './nested-write.rewriter';
import { expandKeys, keyOf, selectOf, uniqueWhere } from './unique-where';
import type { WriteRun } from './write.run';

/**
 * Rewrites `set`. Prisma lets go of every row that is not named, of deleted ones too, which would then come back without their
 * parent; and where the foreign key is required it refuses because of them. So the active ones are looked up, and let go of by
 * name.
 *
 * @param run - collects what has to be done besides
 * @param place - the relation
 * @param value - the rows that are to be related
 * @param related - a filter that finds those that are
 */
export function rewriteSet(
  run: WriteRun,
  place: NestedPlace,
  value: unknown,
  related: QueryObject | undefined,
): QueryObject {
  const target = place.relation.model;
  const soft = hidesDeleted(run.scope, target);
  const named = [value].flat().filter(isQueryObject);
  if (soft === undefined || related === undefined || !place.field.isList) {
    return { set: mapOneOrMany(value, (where) => run.writable(target, where)) };
  }
  // Filled in before the operation is sent.
  const disconnect: QueryObject[] = [];
  run.before.push(async (tx) => {
    disconnect.splice(0, Infinity, ...(await relatedOthers(tx, soft, related, named)));
  });
  return { disconnect, connect: named.map((where) => run.writable(target, where)) };
}

async function relatedOthers(
  tx: OperationTransaction,
  { name, info, deletedAt }: SoftModel,
  related: QueryObject,
  named: readonly QueryObject[],
): Promise<QueryObject[]> {
  const where = { ...related, [deletedAt]: null, NOT: named.map((one) => expandKeys(info, one)) };
  const args = { where, select: selectOf(keyOf(info)) };
  const rows = await tx.run({ model: name, action: 'findMany', args, path: [] });
  return (rows as QueryObject[]).map((row) => uniqueWhere(info, row));
}
