import type { OperationTransaction, RelationInfo } from '@nestarc/prisma';
import type { SoftModel } from '../model/soft-model';
import { hidesDeleted } from '../reads/deleted-rows';
import type { QueryObject } from '../reads/query-value';
import { type NestedPlace, relatedRows } from './related-rows';
import { expandKeys, keyOf, selectOf, uniqueWhere } from './unique-where';
import type { WriteRun } from './write.run';

/** Finds nothing. */
const NEVER: QueryObject = Object.freeze({ OR: [] });

/**
 * Rewrites `upsert` and `create` of a relation to one whose only place a deleted row may still take. Whether one does has to be
 * looked up ahead:
 *
 * Where this row has the foreign key, `upsert` cannot be told to pass the deleted row by: with a filter that finds nothing,
 * Prisma (7.10 and 6.19) sends an UPDATE that PostgreSQL refuses with 42P01. It becomes `create`.
 *
 * Where the other row has it, `create` is refused with P2014, because of the deleted row. It becomes an `upsert` that finds
 * nothing.
 *
 * @param run - collects what has to be done ahead
 * @param place - the relation
 * @param write - the nested write, which is replaced before it is sent
 * @param name - which of the two it is
 */
export function rewriteTakenPlace(
  run: WriteRun,
  place: NestedPlace,
  write: Record<string, unknown>,
  name: 'create' | 'upsert',
): void {
  const soft = hidesDeleted(run.scope, place.relation.model);
  const related = relatedRows(run, place);
  if (soft === undefined || related === undefined) return;
  run.before.push(async (tx) => {
    if (!(await isTakenByDeleted(tx, soft, related))) return;
    const replaced = write[name] as QueryObject;
    Reflect.deleteProperty(write, name);
    if (name === 'upsert') write['create'] = replaced['create'];
    else write['upsert'] = { where: NEVER, create: replaced, update: {} };
  });
}

/** Active rows come first in descending order: nulls do. */
async function isTakenByDeleted(
  tx: OperationTransaction,
  { name, deletedAt }: SoftModel,
  related: QueryObject,
): Promise<boolean> {
  const args = { where: related, orderBy: { [deletedAt]: 'desc' }, select: { [deletedAt]: true } };
  const row = (await tx.run({ model: name, action: 'findFirst', args, path: [] })) as QueryObject | null;
  return row !== null && row[deletedAt] !== null;
}

/**
 * Rewrites `connect` and `connectOrCreate` of a relation to one where the other row has the foreign key, and a deleted row takes
 * the place. Prisma lets go of that, which would then come back without its parent, or refuses with P2014 because of it. The row
 * is related by its foreign key then, ahead; one that is not there yet is made as {@link rewriteTakenPlace} has it made.
 *
 * @param run - collects what has to be done ahead
 * @param place - the relation
 * @param write - the nested write, which is replaced before it is sent
 * @param name - which of the two it is
 */
export function rewriteTakenConnect(
  run: WriteRun,
  place: NestedPlace,
  write: Record<string, unknown>,
  name: 'connect' | 'connectOrCreate',
): void {
  const soft = hidesDeleted(run.scope, place.relation.model);
  const related = relatedRows(run, place);
  const opposite = soft?.info.field(place.relation.opposite)?.relation;
  if (soft === undefined || related === undefined || opposite === undefined) return;
  run.before.push(async (tx) => {
    if (!(await isTakenByDeleted(tx, soft, related))) return;
    const replaced = write[name] as QueryObject;
    const where = name === 'connect' ? replaced : (replaced['where'] as QueryObject);
    const find = { where: expandKeys(soft.info, where), select: selectOf(keyOf(soft.info)) };
    const row = await tx.run({ model: soft.name, action: 'findFirst', args: find, path: [] });
    if (row === null && name === 'connect') return;
    Reflect.deleteProperty(write, name);
    if (row === null) write['upsert'] = { where: NEVER, create: replaced['create'], update: {} };
    else await relate(tx, soft, uniqueWhere(soft.info, row as QueryObject), opposite, place.owners);
  });
}

/** By the columns: by the relation Prisma would let go of the deleted row from here, too. */
async function relate(
  tx: OperationTransaction,
  { name, info }: SoftModel,
  where: QueryObject,
  { model, fields, references }: RelationInfo,
  owners: QueryObject | undefined,
): Promise<void> {
  const find = { where: owners, select: selectOf(references) };
  const owner = (await tx.run({ model, action: 'findFirst', args: find, path: [] })) as QueryObject | null;
  if (owner === null) return;
  const data = Object.fromEntries(fields.map((field, index) => [field, owner[references[index] ?? '']]));
  await tx.run({ model: name, action: 'update', args: { where, data, select: selectOf(keyOf(info)) }, path: [] });
}
