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
  const placed = named.map((where) => run.writable(target, where));
  run.before.push(async (tx) => {
    if (placed.length > 0 && !place.relation.isManyToMany) await passByAbsent(tx, soft, placed, write);
    const others = await relatedOthers(tx, soft, related, named);
    // Where the foreign key is required, Prisma refuses to let go of nobody, too.
    if (others.length > 0) putFirst(write, 'disconnect', [write['disconnect'] ?? [], others].flat(2));
  });
  return { connect: placed };
}

/**
 * Of a list whose rows have the foreign key, `set` passes by what is named and not there (Prisma 7.10 and 6.19); `connect` fails
 * with P2018. Of a many-to-many relation both fail.
 */
async function passByAbsent(
  tx: OperationTransaction,
  soft: SoftModel,
  placed: readonly unknown[],
  write: Record<string, unknown>,
): Promise<void> {
  const named = placed.filter(isQueryObject).map((one) => expandKeys(soft.info, one));
  const further = [write['connect'] ?? []].flat().filter((one) => !placed.includes(one));
  write['connect'] = [...(await rowsOf(tx, soft, { OR: named })), ...further];
}

/** Prisma (7.10 and 6.19) works the operations in their order, and what is deleted next is what is still related. */
function putFirst(write: Record<string, unknown>, name: string, value: unknown): void {
  const others = Object.entries(write).filter(([other]) => other !== name);
  for (const [other] of others) Reflect.deleteProperty(write, other);
  Object.assign(write, { [name]: value }, Object.fromEntries(others));
}

function relatedOthers(
  tx: OperationTransaction,
  soft: SoftModel,
  related: QueryObject,
  named: readonly QueryObject[],
): Promise<QueryObject[]> {
  const { info, deletedAt } = soft;
  return rowsOf(tx, soft, { ...related, [deletedAt]: null, NOT: named.map((one) => expandKeys(info, one)) });
}

async function rowsOf(tx: OperationTransaction, { name, info }: SoftModel, where: QueryObject): Promise<QueryObject[]> {
  const rows = await tx.run({
    model: name,
    action: 'findMany',
    args: { where, select: selectOf(keyOf(info)) },
    path: [],
  });
  return (rows as QueryObject[]).map((row) => uniqueWhere(info, row));
}
