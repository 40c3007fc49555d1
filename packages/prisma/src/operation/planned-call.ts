import { type RequestContext, runWithContext } from '@nestarc/core';
import type { OperationRequest } from '../client/client-internals';
import type { OperationPlan, OperationPlanner, PlannedOperation } from './operation-plan';

/** An operation with the plans that were made for it. */
export interface PlannedCall {
  /** The plans, that of the first planner first. */
  readonly plans: readonly OperationPlan[];
  /** What is run in the end. */
  readonly operation: PlannedOperation;
  /** Whether it takes more than one statement, which have to be committed together. */
  readonly needsTransaction: boolean;
  /** Whether there is nothing to do but to send a read and to finish its answer. */
  readonly isPlainRead: boolean;
  /** Whether something is asked first. */
  readonly asks: boolean;
  /** What `request.dataPath` has to be; Prisma's own where the plans leave it alone. */
  readonly dataPath: readonly string[];
  /** The context its statements run in, where that is not the one of the call. */
  readonly context: RequestContext | undefined;
}

const READS: ReadonlySet<string> = new Set([
  'findUnique',
  'findUniqueOrThrow',
  'findFirst',
  'findFirstOrThrow',
  'findMany',
  'count',
  'aggregate',
  'groupBy',
]);

/**
 * Tells whether an operation changes nothing, for sure.
 *
 * @param action - its name
 */
export const isRead = (action: string): boolean => READS.has(action);

const NO_PATH: readonly string[] = Object.freeze([]);

/**
 * Asks the planners what becomes of an operation; later ones are asked about what earlier ones made of it.
 *
 * @param planners - the planners
 * @param request - the operation, as Prisma sends it
 * @returns what they said, or `undefined` when none is concerned
 */
export function planCall(planners: readonly OperationPlanner[], request: OperationRequest): PlannedCall | undefined {
  const { model, dataPath } = request;
  let operation: PlannedOperation = { model, action: request.action, args: request.args, path: fieldsOf(dataPath) };
  let plans: OperationPlan[] | undefined;
  let context: RequestContext | undefined;
  for (const planner of planners) {
    const asked = operation;
    const plan = context === undefined ? planner(asked) : runWithContext(context, () => planner(asked));
    if (plan === undefined) continue;
    (plans ??= []).push(plan);
    context = plan.context ?? context;
    const { action = asked.action, args = asked.args, path = asked.path } = plan;
    operation = { model, action, args, path };
  }
  if (plans === undefined) return undefined;
  return { plans, operation, context, ...demandsOf(plans, operation), dataPath: pathOf(plans, operation, dataPath) };
}

type Demands = Pick<PlannedCall, 'asks' | 'needsTransaction' | 'isPlainRead'>;

function demandsOf(plans: readonly OperationPlan[], { action }: PlannedOperation): Demands {
  const reads = isRead(action);
  const asks = plans.some(({ precondition }) => precondition !== undefined);
  const hasSteps = plans.some(({ before, after }) => before !== undefined || after !== undefined);
  const tells = plans.some(({ committed }) => committed !== undefined);
  return { asks, needsTransaction: hasSteps || (asks && !reads), isPlainRead: reads && !asks && !hasSteps && !tells };
}

const pathOf = (
  plans: readonly OperationPlan[],
  { path }: PlannedOperation,
  given: readonly string[],
): readonly string[] =>
  plans.every((plan) => plan.path === undefined) ? given : path.flatMap((field) => ['select', field]);

/** Prisma writes `['select', 'posts', 'select', 'author']`; a relation may be called `select`, too. */
const fieldsOf = (dataPath: readonly string[]): readonly string[] =>
  dataPath.length === 0 ? NO_PATH : dataPath.filter((_, index) => index % 2 === 1);
