import type { OperationPlan, OperationTransaction, PlannedOperation } from '@nestarc/prisma';
import { CascadeRun, type CascadeTotals } from '../cascade/cascade.run';
import { SoftDeletedEvent } from '../events/soft-deleted.event';
import type { EventWhere } from '../events/event-details';
import type { SoftModel } from '../model/soft-model';
import { isQueryObject, type QueryObject } from '../reads/query-value';
import { keyOf } from './unique-where';
import type { WriteRun } from './write.run';

type Operation = PlannedOperation & { readonly model: string };

/**
 * Plans what follows a deletion: it spreads in the transaction of the operation, and is told of once that is committed.
 *
 * @param run - what the operation deletes and restores
 * @param operation - the operation as the caller wrote it
 * @param deletesRoot - whether it deletes the rows it finds
 */
export function deletionPlan(
  run: WriteRun,
  operation: Operation,
  deletesRoot: boolean,
): Pick<OperationPlan, 'after' | 'committed'> {
  if (!run.deletes && run.before.length === 0) return {};
  const { schema } = run.scope;
  const root = deletesRoot ? schema.soft(operation.model) : undefined;
  const spreads = run.nested.size > 0 || (root !== undefined && schema.edgesFrom(root.name).length > 0);
  let totals: CascadeTotals = new Map();
  const committed = (result: unknown): void => {
    if (root !== undefined) announceRoot(run, operation, root, result);
    announceTotals(run, totals);
    for (const event of run.revived) run.scope.announce(event);
  };
  if (!spreads) return { committed };
  const after = async (tx: OperationTransaction, result: unknown): Promise<void> => {
    const cascade = new CascadeRun(tx, schema, run.deletion, run.scope.options.maxCascadeDepth);
    const isEmpty = root !== undefined && countOf(result, operation.action) === 0;
    totals = isEmpty ? new Map() : await cascade.spread(root === undefined ? [] : [root], [...run.nested]);
  };
  return { after, committed };
}

/** Of `update`, which stands for `delete`, the answer is a row; of `updateMany` it is `{ count }`. */
function countOf(result: unknown, action: string): number {
  if (action === 'delete') return 1;
  const count = isQueryObject(result) ? result['count'] : undefined;
  return typeof count === 'number' ? count : 1;
}

function announceRoot(run: WriteRun, { action, args, path }: Operation, root: SoftModel, result: unknown): void {
  const { deletedAt, deletionId, actorId } = run.deletion;
  const where = isQueryObject(args) ? (args['where'] as EventWhere | undefined) : undefined;
  const ids = action === 'delete' && path.length === 0 && isQueryObject(result) ? idOf(root, result) : undefined;
  const id = root.deletionId === undefined ? undefined : deletionId;
  const count = countOf(result, action);
  run.scope.announce(new SoftDeletedEvent(root.name, where ?? {}, deletedAt, actorId, count, { deletionId: id, ids }));
}

function idOf({ info }: SoftModel, row: QueryObject): readonly object[] | undefined {
  const fields = keyOf(info);
  if (!fields.every((field) => field in row)) return undefined;
  return [Object.fromEntries(fields.map((field) => [field, row[field]]))];
}

function announceTotals(run: WriteRun, totals: CascadeTotals): void {
  if (totals.size === 0) return;
  const { deletedAt, deletionId, actorId } = run.deletion;
  for (const [model, { count, cause }] of totals) {
    const id = model.deletionId === undefined ? undefined : deletionId;
    run.scope.announce(
      new SoftDeletedEvent(model.name, undefined, deletedAt, actorId, count, { deletionId: id, cause }),
    );
  }
}
