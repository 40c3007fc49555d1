import type { OperationTransaction } from '@nestarc/prisma';
import { DeletedRecordError } from '../errors/deleted-record.error';
import type { SoftModel } from '../model/soft-model';
import { hidesDeleted } from '../reads/deleted-rows';
import { mentionsDeletion } from '../reads/own-mention';
import { isQueryObject, type QueryObject } from '../reads/query-value';
import { rewriteWhere } from '../reads/where.rewriter';
import { openForRevival, reviveRow } from './revived-row';
import { expandKeys, keyOf, narrowed, selectOf } from './unique-where';
import type { WriteRun } from './write.run';

/**
 * Has the deleted row looked for that an upsert names, where the user decided that something comes of it. An active row that
 * the same filter finds goes first: unique fields of deleted rows may be taken again.
 *
 * @param run - collects what has to be done
 * @param model - name of the model
 * @param where - the filter of the upsert
 * @param related - a filter that finds the rows that are related. Defaults to any
 */
export function lookForDeleted(run: WriteRun, model: string, where: unknown, related: QueryObject | undefined): void {
  const { deletedUpsert } = run.scope.options;
  const soft = hidesDeleted(run.scope, model);
  if (deletedUpsert === 'create' || soft === undefined || mentionsDeletion(soft, where)) return;
  const named = isQueryObject(where) ? expandKeys(soft.info, where) : {};
  const filter = rewriteWhere(run.scope, model, narrowed(named, related)) as QueryObject;
  openForRevival(run.scope, soft);
  run.before.push(async (tx) => {
    const row = await find(tx, soft, filter);
    if (row === null || row[soft.deletedAt] === null) return;
    if (deletedUpsert === 'error') throw new DeletedRecordError(soft.name);
    run.revived.push(...(await reviveRow(tx, run.scope, soft, row)));
  });
}

/** An active row comes first, nulls being the last in ascending order, and then the one that was deleted last. */
async function find(
  tx: OperationTransaction,
  { name, info, deletedAt, deletionId }: SoftModel,
  where: QueryObject,
): Promise<QueryObject | null> {
  const marks = deletionId === undefined ? [deletedAt] : [deletedAt, deletionId];
  const args = { where, orderBy: { [deletedAt]: 'desc' }, select: selectOf([...keyOf(info), ...marks]) };
  return (await tx.run({ model: name, action: 'findFirst', args, path: [] })) as QueryObject | null;
}
