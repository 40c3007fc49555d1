import type { OperationTransaction } from '@nestarc/prisma';
import { randomUUID } from 'node:crypto';
import { RestoredEvent } from '../events/restored.event';
import type { SoftModel } from '../model/soft-model';
import type { QueryObject } from '../reads/query-value';
import { Restoration } from '../restore/restoration';
import { restoreReach } from '../restore/restore-reach';
import { runAsPartOf } from '../rows/operation-settings';
import { uniqueWhere } from './unique-where';
import type { WriteScope } from './write-scope';

/**
 * Opens the tables that a row may be brought back in.
 *
 * @param scope - what is opened
 * @param soft - the model of the row
 */
export function openForRevival({ schema, opened }: WriteScope, soft: SoftModel): void {
  const { models, parentEdges } = restoreReach(schema, soft);
  for (const { name } of [...models, ...parentEdges.map(({ parent }) => parent)]) opened.add(name);
}

/**
 * Brings back the row that an upsert names, with everything that its deletion took along: who writes to it again has all of it
 * again, and no deletion is left of which a part could never be restored.
 *
 * @param tx - the transaction of the upsert
 * @param scope - tells who acts
 * @param soft - the model
 * @param row - the row, its key and its marks among its fields
 * @returns what is to be told of it once it is committed
 * @throws ParentDeletedError when the row would hang on one that stays deleted
 * @throws RestoreConflictError when an active row has taken the place of one of them
 */
export async function reviveRow(
  tx: OperationTransaction,
  scope: WriteScope,
  soft: SoftModel,
  row: QueryObject,
): Promise<readonly RestoredEvent[]> {
  const restoration = new Restoration(tx, scope.schema, soft, scope.now());
  const given = soft.deletionId === undefined ? undefined : row[soft.deletionId];
  const id = typeof given === 'string' ? given : undefined;
  await runAsPartOf('restore', id ?? randomUUID(), () => restoration.restore([row]));
  const actorId = scope.actorId();
  return [...restoration.totals].map(([model, { count, cause }]) => {
    const where = model === soft ? uniqueWhere(soft.info, row) : undefined;
    const deletionId = model.deletionId === undefined ? undefined : id;
    return new RestoredEvent(model.name, where, actorId, count, { deletionId, cause });
  });
}
