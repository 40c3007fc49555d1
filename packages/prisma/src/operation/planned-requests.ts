import type {
  ClientInternals,
  ExecuteRequest,
  InteractiveTransaction,
  OperationRequest,
  TransactionInfo,
} from '../client/client-internals';
import { ambientClients } from '../transaction/ambient-storage';
import { type Gathering, isGathering } from './array-members';
import type { ClientTransactions } from './client-transactions';
import { DirectOperations, isDirect } from './direct-operations';
import type { OperationPlanner, PlannedOperation } from './operation-plan';
import { assertTakesSteps, type OperationPlace, placeInArray, placeOfOperation } from './operation-place';
import { OperationSteps } from './operation-steps';
import { runPlainRead, PlanRun } from './plan-run';
import { planCall, type PlannedCall } from './planned-call';

type Send = (request: OperationRequest) => Promise<unknown>;
type Open = (caller: unknown, work: (own: InteractiveTransaction) => Promise<unknown>) => Promise<unknown>;

/** What every operation of a planned client passes, after the query extensions of the user and ahead of the database. */
export class PlannedRequests {
  /** Whom to ask, one after the other. */
  planners: readonly OperationPlanner[] = [];
  readonly #client: ClientInternals;
  readonly #transactions: ClientTransactions;
  readonly #open: Open;
  readonly #direct: DirectOperations;

  constructor(client: ClientInternals, transactions: ClientTransactions, open: Open) {
    this.#client = client;
    this.#transactions = transactions;
    this.#open = open;
    this.#direct = new DirectOperations(client);
  }

  /**
   * Runs an operation with what its planners say.
   *
   * @param caller - the client it is called on
   * @param request - the operation, as Prisma sends it
   * @param execute - sends an operation
   */
  run(caller: unknown, request: OperationRequest, execute: ExecuteRequest): Promise<unknown> {
    const { transaction } = request;
    const send: Send = (used) => this.#observed(used.transaction, execute.call(caller, used));
    if (transaction !== undefined && isDirect(transaction)) {
      return send({ ...request, transaction: transaction.runsIn });
    }
    const call = planCall(this.planners, request);
    if (transaction !== undefined && isGathering(transaction)) return this.#runMember(request, transaction, call, send);
    if (call === undefined) return send(request);
    if (!call.needsTransaction || transaction !== undefined) return this.#runPlans(request, call, send);
    return this.#open(caller, (own) => this.#runPlans({ ...request, transaction: own }, call, send));
  }

  async #runMember(
    request: OperationRequest,
    { members, index }: Gathering,
    call: PlannedCall | undefined,
    send: Send,
  ): Promise<unknown> {
    const needsTransaction = call !== undefined && (call.needsTransaction || call.asks);
    const transaction = await members.arrive(index, needsTransaction, call?.context);
    const used = { ...request, transaction };
    if (call === undefined) return send(used);
    return this.#runPlans(
      used,
      call,
      send,
      transaction.kind === 'itx' ? undefined : placeInArray(transaction, members.hooks),
    );
  }

  #runPlans(request: OperationRequest, call: PlannedCall, send: Send, given?: OperationPlace): Promise<unknown> {
    if (call.isPlainRead) return this.#runPlainRead(request, call, send, given);
    return this.#runSteps(request, call, send, given);
  }

  /** What most operations that are planned come to; does without what the others need. */
  #runPlainRead(request: OperationRequest, call: PlannedCall, send: Send, given?: OperationPlace): Promise<unknown> {
    const run = (operation: PlannedOperation): Promise<unknown> => {
      const place = given ?? placeOfOperation(this.#client, this.#transactions, request.transaction);
      return this.#direct.run(operation, given === undefined ? place.transaction : undefined);
    };
    return runPlainRead(call, () => this.#sendPlanned(request, call, send), run);
  }

  async #runSteps(request: OperationRequest, call: PlannedCall, send: Send, given?: OperationPlace): Promise<unknown> {
    const place = given ?? placeOfOperation(this.#client, this.#transactions, request.transaction);
    const { transaction } = place;
    const isInTransaction = transaction !== undefined;
    if (isInTransaction && (call.needsTransaction || call.asks)) assertTakesSteps(transaction);
    // What a member of an array runs when it is finished comes too late for that array.
    const steps = new OperationSteps(this.#direct, given === undefined ? transaction : undefined);
    const sendPlanned = (): Promise<unknown> => this.#sendPlanned({ ...request, transaction }, call, send);
    const run = new PlanRun(call, { steps, isInTransaction, send: sendPlanned });
    try {
      const result = await place.attend(() => run.run());
      if (run.committed.length > 0) await place.whenCommitted(run.committed);
      return result;
    } catch (error) {
      if (steps.hasWritten) place.doom(error);
      throw error;
    }
  }

  #sendPlanned(request: OperationRequest, { operation, dataPath }: PlannedCall, send: Send): Promise<unknown> {
    const { action, args } = operation;
    if (action === request.action) return send({ ...request, args, dataPath });
    // Prisma prepares the arguments of these where they are called, and takes their answers apart.
    if (AGGREGATES.has(action)) return this.#direct.run(operation, request.transaction);
    const { argsMapper: _mapper, unpacker: _unpacker, ...rest } = request;
    return send({ ...rest, action, args, dataPath });
  }

  /** What fails in a transaction may have aborted it. Ambient transactions look to that themselves. */
  #observed(transaction: TransactionInfo | undefined, answer: Promise<unknown>): Promise<unknown> {
    if (transaction === undefined) return answer;
    const followed = this.#transactions.find(transaction);
    if (followed === undefined || ambientClients.get(this.#client)?.scopeOf(transaction) !== undefined) return answer;
    answer.then(undefined, (error: unknown) => followed.fail(error));
    return answer;
  }
}

const AGGREGATES: ReadonlySet<string> = new Set(['count', 'aggregate', 'groupBy']);
