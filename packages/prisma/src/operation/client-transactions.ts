import { AsyncLocalStorage } from 'node:async_hooks';
import type {
  CallbackTransactionRequest,
  ClientInternals,
  InteractiveTransaction,
  PrismaTransactionOptions,
} from '../client/client-internals';
import { TransactionAbortedError } from '../transaction/transaction-aborted.error';
import { warnOfHook } from '../transaction/transaction-hooks';
import { ClientTransaction } from './client-transaction';

type WithCallback = ClientInternals['_transactionWithCallback'];
type CreateItxClient = ClientInternals['_createItxClient'];

interface Running {
  readonly client: ClientInternals;
  /** What the callback was given. */
  readonly itxClient: object;
  readonly transaction: ClientTransaction;
  readonly outer: Running | undefined;
}

/** The transactions whose callbacks are running here. */
const running = new AsyncLocalStorage<Running | undefined>();

/** Follows the interactive transactions of a client: which operation belongs to which, and what becomes of each. */
export class ClientTransactions {
  readonly #client: ClientInternals;
  readonly #byItxClient = new WeakMap<object, InteractiveTransaction>();
  readonly #byTransaction = new WeakMap<object, ClientTransaction>();

  constructor(client: ClientInternals) {
    this.#client = client;
  }

  /**
   * Remembers which transaction each client belongs to that a callback is given.
   *
   * @param create - makes such a client
   */
  followItxClients(create: CreateItxClient): CreateItxClient {
    const byItxClient = this.#byItxClient;
    return function (transaction, ...rest) {
      const itxClient = create.call(this, transaction, ...rest);
      byItxClient.set(itxClient, transaction);
      return itxClient;
    };
  }

  /**
   * Gives the transaction of a client that a callback was given.
   *
   * @param itxClient - the client
   */
  transactionOf(itxClient: unknown): InteractiveTransaction | undefined {
    return typeof itxClient === 'object' && itxClient !== null ? this.#byItxClient.get(itxClient) : undefined;
  }

  /**
   * Finds what is known of the transaction an operation runs in.
   *
   * @param transaction - what Prisma passes along with the operation
   */
  find(transaction: object): ClientTransaction | undefined {
    return this.#byTransaction.get(transaction);
  }

  /** Finds the innermost transaction of the client whose callback is running here. */
  current(): ClientTransaction | undefined {
    return this.#running()?.transaction;
  }

  /** Gives what the callback of that transaction was given. */
  currentClient(): object | undefined {
    return this.#running()?.itxClient;
  }

  #running(): Running | undefined {
    for (let entry = running.getStore(); entry !== undefined; entry = entry.outer) {
      if (entry.client === this.#client && entry.transaction.isOpen) return entry;
    }
    return undefined;
  }

  /**
   * Runs a transaction of the user, and what waits for its end.
   *
   * @param caller - the client it is called on
   * @param request - its callback and options
   * @param begin - opens it
   */
  async run(caller: unknown, request: CallbackTransactionRequest, begin: WithCallback): Promise<unknown> {
    let own: ClientTransaction | undefined;
    let isKept = false;
    const callback = async (itxClient: object): Promise<unknown> => {
      const transaction = (own = this.#enter(itxClient));
      const entry = { client: this.#client, itxClient, transaction, outer: running.getStore() };
      // Awaited inside: the callback may return an operation that runs when it is awaited.
      const result = await running.run(entry, async () => await request.callback(itxClient));
      isKept = await transaction.settle();
      return result;
    };
    try {
      const result = await begin.call(caller, { ...request, callback });
      if (own === undefined || !isKept) return result;
      await this.#runHooks(own, caller);
      return result;
    } finally {
      own?.close();
    }
  }

  /**
   * Opens a transaction of ours, without the limits in time that Prisma sets to transactions and not to operations.
   *
   * @param caller - the client that is asked for it
   * @param begin - opens it
   * @param options - isolation level and limits that the user set
   * @param work - the work; is given the transaction
   * @throws TransactionAbortedError when the work succeeded although a statement in it had failed
   */
  async open<T>(
    caller: unknown,
    begin: WithCallback,
    options: PrismaTransactionOptions | undefined,
    work: (transaction: InteractiveTransaction) => Promise<T>,
  ): Promise<T> {
    let own: ClientTransaction | undefined;
    const callback = async (itxClient: object): Promise<T> => {
      const transaction = (own = this.#enter(itxClient));
      const result = await work(this.#transactionOfOwn(itxClient));
      if (!(await transaction.settle())) throw new TransactionAbortedError(transaction.failure);
      return result;
    };
    try {
      const result = (await begin.call(caller, { callback, options: { ...WITHOUT_LIMITS, ...options } })) as T;
      if (own !== undefined) await this.#runHooks(own, caller);
      return result;
    } finally {
      own?.close();
    }
  }

  /** `tx.$transaction`, which Prisma 7 has, is a savepoint of the transaction of `tx`: that is to be waited for. */
  async #runHooks({ hooks }: ClientTransaction, caller: unknown): Promise<void> {
    const around = this.transactionOf(caller);
    const parent = around === undefined ? undefined : this.find(around);
    if (parent === undefined) await hooks.run('commit', warnOfHook);
    else parent.hooks.adopt(hooks);
  }

  #enter(itxClient: object): ClientTransaction {
    const transaction = this.#transactionOfOwn(itxClient);
    const made = new ClientTransaction(this.#client, transaction);
    this.#byTransaction.set(transaction, made);
    return made;
  }

  #transactionOfOwn(itxClient: object): InteractiveTransaction {
    const transaction = this.#byItxClient.get(itxClient);
    if (transaction === undefined) throw new Error('Prisma opened a transaction that this package did not see');
    return transaction;
  }
}

/** An operation waits for a connection, and runs, for as long as it takes; Prisma ends a transaction after 5 s. */
const WITHOUT_LIMITS = Object.freeze({ maxWait: 2_147_483_647, timeout: 2_147_483_647 });
