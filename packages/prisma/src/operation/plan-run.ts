import { type RequestContext, runWithContext } from '@nestarc/core';
import type { OperationPlan, OperationPrecondition, OperationTransaction } from './operation-plan';
import type { OperationSteps } from './operation-steps';
import { isRead, type PlannedCall } from './planned-call';

/** Whether the steps of a run share a transaction, and how its operation is sent. */
export interface PlanRunOptions {
  /** Runs the steps. */
  readonly steps: OperationSteps;
  /** Whether `steps` run in a transaction. */
  readonly isInTransaction: boolean;
  /** Sends the operation itself. */
  readonly send: () => Promise<unknown>;
}

/** One run of an operation with its plans, the first of which stands outermost. */
export class PlanRun {
  /** Whom to tell once it is committed. */
  readonly committed: (() => void)[] = [];
  readonly #call: PlannedCall;
  readonly #options: PlanRunOptions;

  constructor(call: PlannedCall, options: PlanRunOptions) {
    this.#call = call;
    this.#options = options;
  }

  /** Runs it. Where nothing comes first, the operation is sent at once: Prisma merges those of one tick. */
  run(): Promise<unknown> {
    return this.#runPlan(0);
  }

  #runPlan(index: number): Promise<unknown> {
    const plan = this.#call.plans[index];
    if (plan === undefined) return this.#send();
    return inContext(plan.context, () => this.#ask(plan, index));
  }

  async #ask(plan: OperationPlan, index: number): Promise<unknown> {
    const { precondition } = plan;
    if (precondition === undefined) return this.#fill(plan, index);
    const { isInTransaction, steps } = this.#options;
    if (!isInTransaction) return this.#askBeside(precondition, () => this.#fill(plan, index));
    if (foundSomething(await steps.run(precondition.operation))) return this.#fill(plan, index);
    if (isRead(this.#call.operation.action)) await this.#lookAtArguments(plan, index);
    return precondition.otherwise;
  }

  /** Takes no longer than the operation alone. Nothing is left running when it is over. */
  async #askBeside({ operation, otherwise }: OperationPrecondition, run: () => Promise<unknown>): Promise<unknown> {
    const told = this.committed.length;
    const [asked, answered] = await Promise.allSettled([this.#options.steps.run(operation), run()]);
    // What is wrong with the operation is told whatever is found, as in a transaction.
    if (answered.status === 'rejected') throw answered.reason;
    if (asked.status === 'rejected') throw asked.reason;
    if (foundSomething(asked.value)) return answered.value;
    this.committed.length = told;
    return otherwise;
  }

  /** Arguments that are wrong are wrong whatever is found. */
  async #lookAtArguments(plan: OperationPlan, index: number): Promise<void> {
    const told = this.committed.length;
    if (plan.before === undefined && plan.after === undefined) await this.#fill(plan, index);
    this.committed.length = told;
  }

  async #fill({ before, after, finish, committed }: OperationPlan, index: number): Promise<unknown> {
    const { steps } = this.#options;
    if (before !== undefined) await before(steps);
    const result = await this.#runPlan(index + 1);
    if (after !== undefined) await after(steps, result);
    if (committed !== undefined) this.committed.push(() => committed(result));
    return finish === undefined ? result : finish(result, (operation) => steps.run(operation));
  }

  async #send(): Promise<unknown> {
    const { steps, send } = this.#options;
    const result = await send();
    if (!isRead(this.#call.operation.action)) steps.wrote();
    return result;
  }
}

/**
 * Runs a read that is only changed and finished.
 *
 * @param call - the read and its plans
 * @param send - sends it
 * @param run - runs a further operation
 */
export function runPlainRead(
  { plans, context }: PlannedCall,
  send: () => Promise<unknown>,
  run: OperationTransaction['run'],
): Promise<unknown> {
  let answer = inContext(context, send);
  for (let index = plans.length - 1; index >= 0; index--) {
    const finish = plans[index]?.finish;
    if (finish === undefined) continue;
    const around = plans.slice(0, index + 1).findLast((plan) => plan.context !== undefined)?.context;
    answer = answer.then((result) => inContext(around, () => finish(result, run)));
  }
  return answer;
}

const inContext = <T>(context: RequestContext | undefined, run: () => T): T =>
  context === undefined ? run() : runWithContext(context, run);

const foundSomething = (answer: unknown): boolean =>
  answer !== null && answer !== undefined && answer !== 0 && !(Array.isArray(answer) && answer.length === 0);
