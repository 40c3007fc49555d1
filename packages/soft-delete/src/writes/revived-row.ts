import type { OperationTransaction } from '@nestarc/prisma';
import { RestoredEvent } from '../events/restored.event';
import type { SoftModel } from '../model/soft-model';
import type { QueryObject } from '../reads/query-value';
import { uniqueWhere } from './unique-where';
import type { WriteScope } from './write-scope';

/**
 * Brings back the row that an upsert names.
 *
 * @param tx - the transaction of the upsert
 * @param scope - tells who acts
 * @param soft - the model
 * @param row - the row, its key among its fields
 * @returns what is to be told of it once it is committed
 */
export async function reviveRow(
  tx: OperationTransaction,
  scope: WriteScope,
  { name, info, deletedAt, deletedBy, deletionId }: SoftModel,
  row: QueryObject,
): Promise<readonly RestoredEvent[]> {
  const marks = [deletedAt, deletedBy, deletionId].filter((field) => field !== undefined);
  const where = uniqueWhere(info, row);
  const data = Object.fromEntries(marks.map((field) => [field, null]));
  await tx.run({ model: name, action: 'update', args: { where, data }, path: [] });
  return [new RestoredEvent(name, where, scope.actorId(), 1)];
}
