import type { OperationPlan, PlannedOperation } from '@nestarc/prisma';
import { answerFinisher } from './answer.finisher';
import { atPath } from './answer.projector';
import { cursorPrecondition } from './cursor.guard';
import { DeferredChecks } from './deferred-checks';
import { noteOrders } from './order.guard';
import { keyedRowFinisher, markKeyedRow } from './keyed-row';
import { isQueryObject, type QueryObject } from './query-value';
import type { ReadScope } from './read-scope';
import { reachesDeleted } from './schema-reach';
import { rewriteShown } from './selection.rewriter';
import { activeFilter } from './where.rewriter';

interface ReadKind {
  /** Whether related rows may be selected. */
  readonly shows: boolean;
  /** Whether the row is named by a key. */
  readonly isUnique: boolean;
}

/** The operations that read. */
const READS: ReadonlyMap<string, ReadKind> = new Map([
  ['findUnique', { shows: true, isUnique: true }],
  ['findUniqueOrThrow', { shows: true, isUnique: true }],
  ['findFirst', { shows: true, isUnique: false }],
  ['findFirstOrThrow', { shows: true, isUnique: false }],
  ['findMany', { shows: true, isUnique: false }],
  ['count', { shows: false, isUnique: false }],
  ['aggregate', { shows: false, isUnique: false }],
  ['groupBy', { shows: false, isUnique: false }],
]);

/**
 * Rewrites an operation that reads, so that it answers as if deleted rows were not there; except for those the caller asked for.
 *
 * @param scope - what the rewriting goes by; `opened` is filled in even where nothing is to be rewritten
 * @param operation - the operation; its arguments are never changed
 * @returns what becomes of it, or `undefined` when it is no read, or comes upon no deleted rows
 * @throws SoftDeleteOrderError for an order by relations that deleted rows would have a part in
 */
export function rewriteRead(scope: ReadScope, operation: PlannedOperation): OperationPlan | undefined {
  const { model, action } = operation;
  const kind = READS.get(action);
  if (kind === undefined || model === undefined || !reachesDeleted(scope.schema, model)) return undefined;
  const given = operation.args ?? NOTHING;
  if (operation.args === null || !isQueryObject(given)) return undefined;
  return planRead(scope, { ...operation, model }, given, kind);
}

function planRead(
  scope: ReadScope,
  operation: PlannedOperation & { readonly model: string },
  given: QueryObject,
  kind: ReadKind,
): OperationPlan | undefined {
  const { model, path } = operation;
  const checks = new DeferredChecks(scope);
  const keyed = markKeyedRow(scope, operation);
  const filtered = keyed?.args ?? filterRows(scope, model, given);
  noteOrders(scope, model, given['orderBy'], checks, isQueryObject(given['cursor']));
  const at = { path: '', isSingle: kind.isUnique };
  const { args, rows } = kind.shows
    ? rewriteShown(scope, checks, model, filtered, at)
    : { args: filtered, rows: undefined };
  checks.refuseOrders();
  const further = answerFinisher(scope, rows, checks.cursors);
  const finisher = keyed === undefined ? further : keyedRowFinisher(keyed.mark, further);
  const precondition = cursorPrecondition(scope, checks, operation, given);
  if (args === given && finisher === undefined && precondition === undefined) return undefined;
  return {
    args,
    ...(precondition === undefined ? {} : { precondition }),
    ...(finisher === undefined ? {} : finishAlong(finisher, path)),
  };
}

function filterRows(scope: ReadScope, model: string, given: QueryObject): QueryObject {
  const where = activeFilter(scope, model, given['where'], { optOut: true });
  return where === given['where'] ? given : { ...given, where };
}

const NOTHING: QueryObject = Object.freeze({});

type Finish = Pick<OperationPlan, 'finish' | 'path'>;

/** Rows between the root and the end of a chain of calls are only seen in the whole answer. */
function finishAlong(finisher: NonNullable<ReturnType<typeof answerFinisher>>, path: readonly string[]): Finish {
  if (path.length === 0) return { finish: finisher };
  return {
    path: [],
    finish: (answer, run) => {
      const whole = finisher(answer, run);
      return whole instanceof Promise ? whole.then((finished) => atPath(finished, path)) : atPath(whole, path);
    },
  };
}
