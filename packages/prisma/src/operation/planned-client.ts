import { captureContextAtCall } from '../client/call-time-capture';
import type { ArrayTransactionRequest, ClientInternals, ExecuteRequest } from '../client/client-internals';
import { captureContextAtItxCall } from '../client/itx-call-time-capture';
import { setOuterLayer } from '../client/outer-layers';
import { ambientClients } from '../transaction/ambient-storage';
import { enclosingScope } from '../transaction/join-transaction';
import { releaseEndedConnections } from '../transaction/release-ended-connection';
import { ArrayTransactions } from './array-transactions';
import { ClientTransactions } from './client-transactions';
import type { OperationPlanner } from './operation-plan';
import { PlannedRequests } from './planned-requests';

type WithArray = ClientInternals['_transactionWithArray'];
type WithCallback = ClientInternals['_transactionWithCallback'];

const plannedClients = new WeakMap<ClientInternals, PlannedClient>();

/** A client whose operations may be planned, and whose transactions are followed. */
export class PlannedClient {
  readonly transactions: ClientTransactions;
  readonly #client: ClientInternals;
  readonly #arrays: ArrayTransactions;
  readonly #requests: PlannedRequests;
  /** Opens a transaction beneath what is put around it here. */
  #begin: WithCallback;

  private constructor(client: ClientInternals) {
    this.#client = client;
    this.#begin = client._transactionWithCallback;
    this.transactions = new ClientTransactions(client);
    this.#arrays = new ArrayTransactions(client, this.transactions);
    this.#requests = new PlannedRequests(client, this.transactions, (caller, work) =>
      this.transactions.open(caller, this.#begin, undefined, work),
    );
  }

  /**
   * Gives what is known of a client; begins to follow it where that is new.
   *
   * @param client - internals of the client
   */
  static of(client: ClientInternals): PlannedClient {
    const known = plannedClients.get(client);
    if (known !== undefined) return known;
    const made = new PlannedClient(client);
    plannedClients.set(client, made);
    made.#install();
    return made;
  }

  /**
   * Adds a planner, unless it is there.
   *
   * @param planner - the planner
   */
  add(planner: OperationPlanner): void {
    const { planners } = this.#requests;
    if (!planners.includes(planner)) this.#requests.planners = [...planners, planner];
  }

  #install(): void {
    // Prisma 6 would lose a connection with each of our transactions that cannot be committed.
    releaseEndedConnections(this.#client._engineConfig.adapter);
    captureContextAtCall(this.#client);
    captureContextAtItxCall(this.#client);
    setOuterLayer(this.#client, 'plans', {
      _executeRequest: (execute) => this.#planRequests(execute),
      _createItxClient: (create) => this.transactions.followItxClients(create),
      _transactionWithCallback: (withCallback) => this.#followTransactions(withCallback),
      _transactionWithArray: (withArray) => this.#planArrays(withArray),
    });
  }

  #planRequests(execute: ExecuteRequest): ExecuteRequest {
    const requests = this.#requests;
    return function (request) {
      return requests.run(this, request, execute);
    };
  }

  #followTransactions(withCallback: WithCallback): WithCallback {
    this.#begin = withCallback;
    const { transactions } = this;
    return function (request) {
      return transactions.run(this, request, withCallback);
    };
  }

  #planArrays(withArray: WithArray): WithArray {
    const run = (caller: unknown, request: ArrayTransactionRequest): Promise<unknown> =>
      this.#isLeftAlone(caller)
        ? withArray.call(caller, request)
        : this.#arrays.run(caller, request, { withArray, withCallback: this.#begin });
    return function (request) {
      return run(this, request);
    };
  }

  /** Within an ambient transaction an array is a savepoint of it, whatever its members are. */
  #isLeftAlone(caller: unknown): boolean {
    const ambient = ambientClients.get(this.#client);
    const isJoining = ambient !== undefined && enclosingScope(ambient, caller) !== undefined;
    return isJoining || this.#requests.planners.length === 0;
  }
}
