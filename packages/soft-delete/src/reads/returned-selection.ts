import { answerFinisher, type AnswerFinisher } from './answer.finisher';
import { DeferredChecks } from './deferred-checks';
import type { QueryObject } from './query-value';
import type { ReadScope } from './read-scope';
import { rewriteShown } from './selection.rewriter';

/** The part of an operation's arguments that says what it answers. */
export interface Selection {
  /** Fields to answer, and no others. */
  readonly select?: unknown;
  /** Relations to answer besides. */
  readonly include?: unknown;
  /** Fields to leave out. */
  readonly omit?: unknown;
}

/** A selection that keeps deleted rows out. */
export interface RewrittenSelection {
  /** What takes its place; without the keys that were not given. */
  readonly selection: Selection;
  /** What is left to do to the row, or to the rows, that are answered. */
  readonly finish?: AnswerFinisher | undefined;
}

/**
 * Rewrites the selection of an operation that writes. The row it answers is not looked at, what is related to it is.
 *
 * @param scope - what the rewriting goes by. Filters of the operation have to be rewritten before
 * @param model - name of the model
 * @param selection - the selection, never changed; other arguments are not looked at
 * @param path - relations from the root of the query. Defaults to none
 * @throws SoftDeleteOrderError for an order by relations that deleted rows would have a part in
 */
export function rewriteSelection(scope: ReadScope, model: string, selection: Selection, path = ''): RewrittenSelection {
  const checks = new DeferredChecks(scope);
  const given: QueryObject = Object.fromEntries(
    (['select', 'include', 'omit'] as const).flatMap((key) => (key in selection ? [[key, selection[key]]] : [])),
  );
  const { args, rows } = rewriteShown(scope, checks, model, given, { path, isSingle: true });
  checks.refuseOrders();
  const finish = answerFinisher(scope, rows, checks.cursors);
  return finish === undefined ? { selection: args } : { selection: args, finish };
}
