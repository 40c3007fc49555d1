import type { OperationPrecondition, PlannedOperation } from '@nestarc/prisma';
import type { DeferredChecks } from './deferred-checks';
import { hidesDeleted } from './deleted-rows';
import { emptyAnswer } from './empty-answer';
import { mentionsDeletion } from './own-mention';
import { isQueryObject, type QueryObject } from './query-value';
import type { ReadScope } from './read-scope';
import type { SoftModel } from '../model/soft-model';
import { activeFilter } from './where.rewriter';

/**
 * Asks whether the row that a query starts at is there: Prisma compares with whatever row the cursor names, and where there is
 * none, finds none.
 *
 * @param scope - what the rewriting goes by
 * @param checks - tells whether PostgreSQL sees to it
 * @param operation - the operation
 * @param args - its arguments
 * @returns what is to be asked, or `undefined` when there is nothing to ask
 */
export function cursorPrecondition(
  scope: ReadScope,
  checks: DeferredChecks,
  { model, action }: PlannedOperation & { readonly model: string },
  args: QueryObject,
): OperationPrecondition | undefined {
  const { cursor, where } = args;
  const soft = scope.schema.soft(model);
  if (soft === undefined || !isQueryObject(cursor) || mentionsDeletion(soft, where)) return undefined;
  if (hidesDeleted(scope, model) === undefined && scope.visibility.modeOf(model) !== 'onlyDeleted') return undefined;
  if (!checks.isInSight(model)) return undefined;
  const first = activeFilter(scope, model, cursor, { optOut: false });
  if (first === cursor) return undefined;
  return {
    operation: { ...findRow(soft, first), action: action === 'findFirstOrThrow' ? 'findUniqueOrThrow' : 'findUnique' },
    otherwise: emptyAnswer(action, args),
  };
}

/**
 * Makes the operation that finds a row by a key.
 *
 * @param soft - its model
 * @param where - the key, and more
 */
export function findRow({ name, info, deletedAt }: SoftModel, where: unknown): PlannedOperation {
  const [key = deletedAt] = info.uniques[0]?.fields ?? [];
  return { model: name, action: 'findUnique', args: { where, select: { [key]: true } }, path: [] };
}
