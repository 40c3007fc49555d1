import { type RequestContext, TenantContextMissingError } from '@nestarc/core';
import {
  type OnMissingTenant,
  scopedContext,
  settingsStatement,
  settingValues,
  TenantSwitchInTransactionError,
  type WireSettings,
} from '@nestarc/postgres';
import type { ClientInternals, ExecuteRequest, OperationRequest, TransactionInfo } from '../client/client-internals';
import type { DatabaseCheck } from '../client/database-checks';
import { TransactionNotJoinableError } from '../errors/transaction-not-joinable.error';
import { type OwnStatement, ownStatements } from './own-statement';
import { prismaPromise } from './prisma-promise';
import { checkOnce } from './check-once';

/** How a client is scoped without a pool of ours. */
export interface TransactionPerOperationOptions {
  /** Names of the settings that carry the context. */
  readonly settings: WireSettings;
  /** What happens to an operation without a tenant. */
  readonly onMissingTenant: OnMissingTenant;
  /** Looks at the database before it is used. */
  readonly check: DatabaseCheck;
}

/**
 * Scopes the operations of a client whose connections we do not own: each one runs in a transaction that sets the context
 * first, which takes four round trips instead of one. Operations inside the caller's own transaction join it: the
 * transaction sets the context when it begins, and never again.
 *
 * @param client - internals of the client
 * @param options - see {@link TransactionPerOperationOptions}
 */
export function scopeByTransaction(client: ClientInternals, options: TransactionPerOperationOptions): void {
  new TransactionScoping(client, options).install();
}

class TransactionScoping {
  readonly #execute: ExecuteRequest;
  readonly #transactionWithArray: ClientInternals['_transactionWithArray'];
  readonly #run: OwnStatement;
  readonly #checkDatabase: () => Promise<void>;
  readonly #settingsStatement: string;
  /** The contexts that open interactive transactions were begun in, by id. */
  readonly #interactive = new Map<unknown, RequestContext>();
  /** Array transactions that set the context; the operations of each share a lock. */
  readonly #arrays = new WeakSet<object>();

  constructor(
    private readonly client: ClientInternals,
    private readonly options: TransactionPerOperationOptions,
  ) {
    this.#execute = client._executeRequest;
    this.#transactionWithArray = client._transactionWithArray;
    this.#run = ownStatements(client, this.#execute);
    this.#checkDatabase = checkOnce(options.check, this.#run);
    this.#settingsStatement = settingsStatement(options.settings);
  }

  install(): void {
    this.#scopeOperations();
    this.#scopeArrayTransactions();
    this.#scopeInteractiveTransactions();
  }

  #scopeOperations(): void {
    const execute = this.#execute;
    const runByItself = this.#inOwnTransaction.bind(this);
    const assertJoinable = this.#assertJoinable.bind(this);
    this.client._executeRequest = async function (request) {
      if (request.transaction === undefined) return runByItself(this, request);
      assertJoinable(request.transaction);
      return execute.call(this, request);
    };
  }

  #scopeArrayTransactions(): void {
    const transactionWithArray = this.#transactionWithArray;
    const begin = this.#contextOfNewTransaction.bind(this);
    const settingIn = this.#settingIn.bind(this);
    this.client._transactionWithArray = async function (call) {
      // Where it is no array, Prisma says so.
      if (!((call.promises as unknown) instanceof Array) || call.promises.length === 0) {
        return transactionWithArray.call(this, call);
      }
      const promises = [settingIn(await begin()), ...call.promises];
      const results = await transactionWithArray.call(this, { ...call, promises });
      return (results as unknown[]).slice(1);
    };
  }

  #scopeInteractiveTransactions(): void {
    const { _createItxClient: create, _transactionWithCallback: withCallback } = this.client;
    const begin = this.#contextOfNewTransaction.bind(this);
    const runInteractive = this.#runInteractive.bind(this);
    let created: TransactionInfo = {};
    this.client._createItxClient = function (transaction, ...rest) {
      created = transaction;
      return create.call(this, transaction, ...rest);
    };
    this.client._transactionWithCallback = async function (call) {
      const context = await begin();
      // Prisma makes the client in the same breath as it calls the callback: `created` is its transaction.
      const callback = (itxClient: object): unknown => runInteractive(created, context, () => call.callback(itxClient));
      return withCallback.call(this, { ...call, callback });
    };
  }

  async #runInteractive(transaction: TransactionInfo, context: RequestContext, run: () => unknown): Promise<unknown> {
    const outer = this.#interactive.get(transaction.id);
    // A nested transaction of Prisma 7 is a savepoint, and the context holds for all of the transaction.
    if (outer !== undefined) {
      if (!isSameTenant(outer, context)) throw new TenantSwitchInTransactionError();
      return run();
    }
    this.#interactive.set(transaction.id, context);
    try {
      // Ahead of everything, so that no rollback to a savepoint takes it back.
      await this.#announce(context, transaction);
      return await run();
    } finally {
      this.#interactive.delete(transaction.id);
    }
  }

  async #inOwnTransaction(caller: unknown, request: OperationRequest): Promise<unknown> {
    const context = await this.#contextOfNewTransaction();
    const operation = prismaPromise((transaction) => this.#execute.call(caller, { ...request, transaction }));
    const promises = [this.#settingIn(context), operation];
    return ((await this.#transactionWithArray.call(caller, { promises, options: WITHOUT_LIMITS })) as unknown[])[1];
  }

  /** The first member of an array transaction. */
  #settingIn(context: RequestContext): PromiseLike<unknown> {
    return prismaPromise((transaction) => {
      if (transaction.lock !== undefined) this.#arrays.add(transaction.lock);
      return this.#announce(context, transaction);
    });
  }

  #announce(context: RequestContext, transaction: TransactionInfo): Promise<unknown> {
    return this.#run('executeRaw', this.#settingsStatement, settingValues(context), transaction);
  }

  #assertJoinable(transaction: TransactionInfo): void {
    if (transaction.kind === 'batch') {
      // That all members have the same tenant is checked where Prisma has collected them.
      const { lock } = transaction;
      if (lock === undefined || !this.#arrays.has(lock)) throw new TransactionNotJoinableError();
      return;
    }
    const begunIn = this.#interactive.get(transaction.id);
    if (begunIn === undefined) throw new TransactionNotJoinableError();
    // Code that lost its context, as timers do, goes on in that of the transaction.
    const context = scopedContext(this.options.onMissingTenant);
    if (context !== undefined && !isSameTenant(begunIn, context)) throw new TenantSwitchInTransactionError();
  }

  /** The context is that of the call, not of the moment when the database has been looked at. */
  async #contextOfNewTransaction(): Promise<RequestContext> {
    const context = scopedContext(this.options.onMissingTenant);
    if (context === undefined) throw new TenantContextMissingError();
    await this.#checkDatabase();
    return context;
  }
}

/** Without a transaction an operation waits and runs for as long as it takes; Prisma 7 ends a transaction after 5 s. */
const WITHOUT_LIMITS = Object.freeze({ maxWait: 2_147_483_647, timeout: 2_147_483_647 });

const isSameTenant = (a: RequestContext, b: RequestContext): boolean => a.tenantId === b.tenantId && a.mode === b.mode;
