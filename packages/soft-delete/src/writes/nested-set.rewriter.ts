import type { OperationTransaction } from '@nestarc/prisma';
import type { SoftModel } from '../model/soft-model';
import { hidesDeleted } from '../reads/deleted-rows';
import { isQueryObject, mapOneOrMany, type QueryObject } from '../reads/query-value';
import { type NestedPlace, relatedRows } from './related-rows';
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
 * @param write - the nested write it becomes part of
 */
export function rewriteSet(
  run: WriteRun,
  place: NestedPlace,
  value: unknown,
  write: Record<string, unknown>,
): QueryObject {
  const target = place.relation.model;
  const soft = hidesDeleted(run.scope, target);
  const related = relatedRows(run, place);
  const named = [value].flat().filter(isQueryObject);
  if (soft === undefined || related === undefined || !place.field.isList) {
    return { set: mapOneOrMany(value, (where) => run.writable(target, where)) };
  }
  run.before.push(async (tx) => {
    const others = await relatedOthers(tx, soft, related, named);
    // Where the foreign key is required, Prisma refuses to let go of nobody, too.
    if (others.length > 0) putFirst(write, 'disconnect', [write['disconnect'] ?? [], others].flat(2));
  });
  return { connect: named.map((where) => run.writable(target, where)) };
}

/** Prisma (7.10 and 6.19) works the operations in their order, and what is deleted next is what is still related. */
function putFirst(write: Record<string, unknown>, name: string, value: unknown): void {
  const others = Object.entries(write).filter(([other]) => other !== name);
  for (const [other] of others) Reflect.deleteProperty(write, other);
  Object.assign(write, { [name]: value }, Object.fromEntries(others));
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
