import type { OperationTransaction } from '@nestarc/prisma';
import type { SoftModel } from '../model/soft-model';
import { hidesDeleted } from '../reads/deleted-rows';
import type { QueryObject } from '../reads/query-value';
import { type NestedPlace, relatedRows } from './related-rows';
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
