import type { PlannedOperation } from '@nestarc/prisma';
import { projectAnswer, type RowProjector } from './answer.projector';
import { findRow } from './cursor.guard';
import type { NestedCursor } from './deferred-checks';
import { isQueryObject } from './query-value';
import type { ReadScope } from './read-scope';
import { activeFilter } from './where.rewriter';

/** Runs an operation as it is, in the transaction of the one that was answered. */
export type RunOperation = (operation: PlannedOperation) => Promise<unknown>;

/** Takes deleted rows out of an answer; asks PostgreSQL where it has to. */
export type AnswerFinisher = (answer: unknown, run: RunOperation) => unknown;

/**
 * Makes what is left to do to an answer.
 *
 * @param scope - what the rewriting goes by
 * @param rows - what to take out
 * @param cursors - lists whose first row has to be looked at
 * @returns `undefined` when nothing is left to do
 */
export function answerFinisher(
  scope: ReadScope,
  rows: RowProjector | undefined,
  cursors: readonly NestedCursor[],
): AnswerFinisher | undefined {
  if (cursors.length > 0) {
    return async (answer, run) => {
      await Promise.all(cursors.map((cursor) => emptyUnlessStarted(scope, cursor, answer, run)));
      if (rows !== undefined) projectAnswer(rows, answer);
      return answer;
    };
  }
  if (rows === undefined) return undefined;
  return (answer) => {
    projectAnswer(rows, answer);
    return answer;
  };
}

async function emptyUnlessStarted(
  scope: ReadScope,
  nested: NestedCursor,
  answer: unknown,
  run: RunOperation,
): Promise<void> {
  const { model, field, cursor } = nested;
  const list = isQueryObject(answer) ? answer[field] : undefined;
  const soft = scope.schema.soft(model);
  if (!Array.isArray(list) || list.length === 0 || soft === undefined) return;
  const first = await run(findRow(soft, activeFilter(scope, model, cursor, { optOut: false })));
  if (first === null) list.length = 0;
}
