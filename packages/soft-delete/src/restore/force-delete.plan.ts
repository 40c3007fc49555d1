import type { ModelInfo, OperationPlan } from '@nestarc/prisma';
import { RecordAmbiguousError } from '../errors/restore.errors';
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
 */
export function forceDeleteArgs(info: ModelInfo, filter: QueryObject): QueryObject {
  return { where: filter, select: selectOf(keyOf(info)), take: 2 };
}

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
  const operation = { model: info.name, path: [] };
  return {
    after: async (tx, answer) => {
      const [row, next] = answer as readonly QueryObject[];
      if (next !== undefined) throw new RecordAmbiguousError(info.name);
      // Prisma's own error where there is none.
      const args = { where: filter, select: selectOf(keyOf(info)) };
      const found = row ?? ((await tx.run({ ...operation, action: 'findFirstOrThrow', args })) as QueryObject);
      outcome.row = await tx.run({ ...operation, action: 'delete', args: { where: uniqueWhere(info, found) } });
      outcome.isDone = true;
    },
    finish: () => [outcome.row],
  };
}
