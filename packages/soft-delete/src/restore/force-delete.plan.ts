import type { ModelInfo, OperationPlan } from '@nestarc/prisma';
import { RecordAmbiguousError } from '../errors/restore.errors';
import type { SoftModel } from '../model/soft-model';
import type { QueryObject } from '../reads/query-value';
import { openForFilter } from '../rows/row-filter';
import { keyOf, selectOf, uniqueWhere } from '../writes/unique-where';
import type { WriteScope } from '../writes/write-scope';

/** What became of a removal. */
export interface ForceDeleteOutcome {
  /** The row as it was. */
  row?: unknown;
  /** Whether it took place. */
  isDone: boolean;
}

/**
 * Gives the arguments of the `findMany` that looks the row up.
 *
 * @param info - the model
 * @param filter - which row
 * @param soft - the same model, if its rows are deleted softly
 */
export function forceDeleteArgs(info: ModelInfo, filter: QueryObject, soft: SoftModel | undefined): QueryObject {
  return { where: filter, select: neededOf(info, soft), take: 2 };
}

const neededOf = (info: ModelInfo, soft: SoftModel | undefined): QueryObject =>
  selectOf(soft === undefined ? keyOf(info) : [...keyOf(info), soft.deletedAt]);

/**
 * Plans the removal of the row that was found, in the same transaction.
 *
 * @param scope - what is opened
 * @param info - the model
 * @param filter - which row
 * @param outcome - is filled in
 */
export function forceDeletePlan(
  scope: WriteScope,
  info: ModelInfo,
  filter: QueryObject,
  outcome: ForceDeleteOutcome,
): OperationPlan {
  scope.opened.add(info.name);
  openForFilter(scope.opened, info, (name) => scope.schema.metadata.model(name), filter);
  const soft = scope.schema.soft(info.name);
  const operation = { model: info.name, path: [] };
  return {
    after: async (tx, answer) => {
      const [row, next] = answer as readonly QueryObject[];
      if (next !== undefined) throw new RecordAmbiguousError(info.name);
      // Prisma's own error where there is none.
      const args = { where: filter, select: neededOf(info, soft) };
      const found = row ?? ((await tx.run({ ...operation, action: 'findFirstOrThrow', args })) as QueryObject);
      const where = { ...uniqueWhere(info, found), ...stateOf(soft, found) };
      outcome.row = await tx.run({ ...operation, action: 'delete', args: { where } });
      outcome.isDone = true;
    },
    finish: () => [outcome.row],
  };
}

/** A key that counts among active rows only may name an active row and deleted ones. */
function stateOf(soft: SoftModel | undefined, row: QueryObject): QueryObject {
  return soft === undefined ? {} : { [soft.deletedAt]: row[soft.deletedAt] === null ? null : { not: null } };
}
