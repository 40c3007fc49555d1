import { type RequestContext, TenantContextMissingError } from '@nestarc/core';
import {
  type FurtherSettings,
  FurtherSettingsReader,
  furtherSettingsStatement,
  isSameCaller,
  isSameSettings,
  NO_CONTEXT,
  type OnMissingTenant,
  scopedContext,
  settingsStatement,
  settingValues,
  TenantSwitchInTransactionError,
  UnsupportedStatementError,
  type WireSettings,
} from '@nestarc/postgres';
import type { ClientInternals, ExecuteRequest, OperationRequest, TransactionInfo } from '../client/client-internals';
import type { DatabaseCheck } from '../client/database-checks';
import { TransactionNotJoinableError } from '../errors/transaction-not-joinable.error';
import { checkOnce } from './check-once';
import { InteractiveScope } from './interactive-scope';
import { type OwnStatement, ownStatements } from './own-statement';
import { prismaPromise } from './prisma-promise';
import { watchSavepointRollbacks } from './savepoint-rollback';

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
 * transaction sets the context when it begins, and again only where further settings change.
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
  readonly #reader: FurtherSettingsReader;
  /** The interactive transactions that are open, by id. */
  readonly #interactive = new Map<unknown, InteractiveScope>();
  /** Array transactions, and the further settings each has in force; the operations of one share a lock. */
  readonly #arrays = new WeakMap<
    object,
    { readonly context: RequestContext; readonly further: FurtherSettings | undefined }
  >();

  constructor(
    private readonly client: ClientInternals,
    private readonly options: TransactionPerOperationOptions,
  ) {
    this.#execute = client._executeRequest;
    this.#transactionWithArray = client._transactionWithArray;
    this.#run = ownStatements(client, this.#execute);
    this.#checkDatabase = checkOnce(options.check, this.#run);
    this.#reader = new FurtherSettingsReader(options.settings);
  }

  install(): void {
    this.#scopeOperations();
    this.#scopeArrayTransactions();
    this.#scopeInteractiveTransactions();
    watchSavepointRollbacks(this.client, (id) => this.#interactive.get(id)?.rolledBack());
  }

  #scopeOperations(): void {
    const execute = this.#execute;
    const runByItself = this.#inOwnTransaction.bind(this);
    const assertInArray = this.#assertInArray.bind(this);
    const runJoined = this.#runJoined.bind(this);
    this.client._executeRequest = async function (request) {
      const { transaction } = request;
      if (transaction === undefined) return runByItself(this, request);
      if (transaction.kind !== 'batch') return runJoined(transaction, () => execute.call(this, request));
      assertInArray(transaction);
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
    const rolledBack = (transaction: TransactionInfo | undefined): void =>
      this.#interactive.get(transaction?.id)?.rolledBack();
    let created: TransactionInfo = {};
    this.client._createItxClient = function (transaction, ...rest) {
      created = transaction;
      return create.call(this, transaction, ...rest);
    };
    this.client._transactionWithCallback = async function (call) {
      const context = await begin();
      // Prisma makes the client in the same breath as it calls the callback: `created` is its transaction.
      let transaction: TransactionInfo | undefined;
      const callback = (itxClient: object): unknown => {
        transaction = created;
        return runInteractive(transaction, context, () => call.callback(itxClient));
      };
      try {
        return await withCallback.call(this, { ...call, callback });
      } catch (error) {
        // A nested one has gone back to its savepoint by now.
        rolledBack(transaction);
        throw error;
      }
    };
  }

  async #runInteractive(transaction: TransactionInfo, context: RequestContext, run: () => unknown): Promise<unknown> {
    const outer = this.#interactive.get(transaction.id);
    // A nested transaction of Prisma 7 is a savepoint, and the context holds for all of the transaction.
    if (outer !== undefined) {
      if (!isSameTenant(outer.context, context)) throw new TenantSwitchInTransactionError();
      return run();
    }
    const further = this.#reader.of(context);
    const scope = new InteractiveScope(context, (sent, settings) => this.#announce(sent, settings, transaction));
    this.#interactive.set(transaction.id, scope);
    try {
      // Ahead of everything, so that no rollback to a savepoint takes it back.
      await scope.begin(further);
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
    const further = this.#reader.of(context);
    return prismaPromise((transaction) => {
      if (transaction.lock !== undefined) this.#arrays.set(transaction.lock, { context, further });
      return this.#announce(context, further, transaction);
    });
  }

  #announce(
    context: RequestContext,
    further: FurtherSettings | undefined,
    transaction: TransactionInfo,
  ): Promise<unknown> {
    const { settings } = this.options;
    const text = further === undefined ? settingsStatement(settings) : furtherSettingsStatement(settings);
    return this.#run('executeRaw', text, settingValues(context, further), transaction);
  }

  /** That all members have the same tenant is checked where Prisma has collected them. */
  #assertInArray({ lock }: TransactionInfo): void {
    const array = lock === undefined ? undefined : this.#arrays.get(lock);
    if (array === undefined) throw new TransactionNotJoinableError();
    const context = scopedContext(this.options.onMissingTenant);
    if (context === undefined) return;
    if (!isSameCaller(array.context, context) || !isSameSettings(this.#reader.of(context), array.further)) {
      throw new UnsupportedStatementError(ONE_CONTEXT);
    }
  }

  #runJoined(transaction: TransactionInfo, run: () => Promise<unknown>): Promise<unknown> {
    const scope = this.#interactive.get(transaction.id);
    if (scope === undefined) throw new TransactionNotJoinableError();
    // Code that lost its context, as timers do, goes on in that of the transaction.
    const found = scopedContext(this.options.onMissingTenant);
    const context = found === undefined || found === NO_CONTEXT ? scope.context : found;
    if (!isSameTenant(scope.context, context)) throw new TenantSwitchInTransactionError();
    return scope.run(context, this.#reader.of(context), run);
  }

  /** The context is that of the call, not of the moment when the database has been looked at. */
  async #contextOfNewTransaction(): Promise<RequestContext> {
    const context = scopedContext(this.options.onMissingTenant);
    if (context === undefined) throw new TenantContextMissingError();
    // Refused here, before a transaction is open.
    this.#reader.of(context);
    await this.#checkDatabase();
    return context;
  }
}

/** Without a transaction an operation waits and runs for as long as it takes; Prisma 7 ends a transaction after 5 s. */
const WITHOUT_LIMITS = Object.freeze({ maxWait: 2_147_483_647, timeout: 2_147_483_647 });

const ONE_CONTEXT =
  'The operations of $transaction([…]) run for one actor and with the same settings: use $transaction(async (tx) => …) where they differ';

const isSameTenant = (a: RequestContext, b: RequestContext): boolean => a.tenantId === b.tenantId && a.mode === b.mode;
