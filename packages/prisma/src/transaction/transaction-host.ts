import { InvalidOptionsError } from '@nestarc/core';
import { internalsOf } from '../client/client-internals';
import { attachAsRequired } from '../operation/require-context';
import type { AmbientClient } from './ambient-client';
import { ambientClients, currentFrame, outsideOf, scopeIn } from './ambient-storage';
import { ClientNotAttachedError } from './client-not-attached.error';
import { runNested } from './nested-transaction';
import { openTransaction } from './open-transaction';
import { runWithRetries } from './serialization-retry';
import { type Propagation, PROPAGATIONS } from './propagation';
import { TransactionHooks, type TransactionHook, warnOfHook } from './transaction-hooks';
import { assertJoinable, type TransactionOptions } from './transaction-options';
import { resolveHostOptions, resolveTransactionOptions } from './transaction-options.schema';
import { TransactionPropagationError } from './transaction-propagation.error';
import type { TransactionScope } from './transaction-scope';

/** Work to run in a transaction. */
export type TransactionalWork<T> = () => T | PromiseLike<T>;

/** How a host behaves. */
export interface TransactionHostOptions {
  /**
   * Told of each afterCommit or afterRollback hook that failed. Defaults to `process.emitWarning`.
   *
   * @param error - what the hook threw
   */
  readonly onHookError?: ((error: unknown) => void) | undefined;
}

/**
 * Runs work in transactions of a client that nobody has to hand around: what is called inside of {@link run}, through the
 * plain client, is part of it.
 */
export class TransactionHost {
  readonly #client: AmbientClient;
  readonly #report: (error: unknown) => void;

  /**
   * @param client - a Prisma client that is attached to the context, extended or not
   * @param options - see {@link TransactionHostOptions}
   * @throws InvalidOptionsError for options that are none
   * @throws PrismaInternalsError when the client is none
   * @throws ClientNotAttachedError when it is not attached, nor is to be
   */
  constructor(client: unknown, options: TransactionHostOptions = {}) {
    const internals = internalsOf(client);
    attachAsRequired(internals);
    const ambient = ambientClients.get(internals);
    if (ambient === undefined) throw new ClientNotAttachedError();
    this.#client = ambient;
    this.#report = resolveHostOptions(options).onHookError ?? warnOfHook;
  }

  /**
   * Makes a host; the same as `new`.
   *
   * @param client - a Prisma client that is attached to the context, extended or not
   * @param options - see {@link TransactionHostOptions}
   */
  static of(client: unknown, options?: TransactionHostOptions): TransactionHost {
    return new TransactionHost(client, options);
  }

  /**
   * Runs work in a transaction and commits when it has succeeded. When it throws, all of the transaction is rolled back, also
   * where the work had joined it and somebody catches the error.
   *
   * @param propagation - see {@link Propagation}
   * @param work - the work
   * @param options - see {@link TransactionOptions}; time limits and retries are those of whoever opens the transaction
   * @returns what the work returned
   * @throws whatever the work throws
   * @throws InvalidOptionsError for options that are none
   * @throws TransactionOptionsConflictError when the work would join a transaction that is not what it demands
   * @throws TransactionPropagationError as MANDATORY and NEVER say
   * @throws TenantSwitchInTransactionError when it would join a transaction of another tenant
   * @throws TransactionAbortedError when something in the transaction failed and the error was caught
   * @throws CommitFailedError when COMMIT fails
   */
  run<T>(propagation: Propagation, work: TransactionalWork<T>, options?: TransactionOptions): Promise<T>;
  /**
   * Runs work in a transaction with propagation REQUIRED.
   *
   * @param work - the work
   * @param options - see {@link TransactionOptions}
   */
  run<T>(work: TransactionalWork<T>, options?: TransactionOptions): Promise<T>;
  /**
   * What both forms do.
   *
   * @param first - propagation or work
   * @param second - work or options
   * @param third - options
   */
  async run<T>(
    first: Propagation | TransactionalWork<T>,
    second?: TransactionalWork<T> | TransactionOptions,
    third?: TransactionOptions,
  ): Promise<T> {
    const [propagation, work, given] =
      typeof first === 'function'
        ? (['REQUIRED', first, second as TransactionOptions | undefined] as const)
        : ([first, second as TransactionalWork<T>, third] as const);
    assertPropagation(propagation);
    const options = resolveTransactionOptions('TransactionHost.run()', given);
    const scope = scopeIn(currentFrame(), this.#client);
    if (scope === undefined) return this.#runOutside(propagation, work, options);
    return this.#runInside(scope, propagation, work, options);
  }

  /** Tells whether a transaction of the client is open here. */
  isActive(): boolean {
    return scopeIn(currentFrame(), this.#client)?.isOpen === true;
  }

  /**
   * Runs a hook once the outermost transaction has been committed; at once where none is open. A savepoint that is rolled
   * back drops its hooks. `run()` waits for the hooks, one after the other; they run outside of the transaction, in the
   * context of this call, and a failure is reported and changes nothing.
   *
   * @param hook - the hook
   */
  afterCommit(hook: TransactionHook): void {
    const scope = scopeIn(currentFrame(), this.#client);
    if (scope === undefined) this.#runAtOnce(hook);
    else scope.hooks.add('commit', hook);
  }

  /**
   * Runs a hook when what is written here has been rolled back: after the outermost transaction has ended, also when only a
   * savepoint was. Never where no transaction is open, nor when the connection broke during COMMIT and nobody knows.
   *
   * @param hook - the hook, as for {@link afterCommit}
   */
  afterRollback(hook: TransactionHook): void {
    const scope = scopeIn(currentFrame(), this.#client);
    if (scope?.isUndone === true) this.#runAtOnce(hook);
    else scope?.hooks.add('rollback', hook);
  }

  #runAtOnce(hook: TransactionHook): void {
    const hooks = new TransactionHooks();
    hooks.add('commit', hook);
    void outsideOf(this.#client, () => hooks.run('commit', this.#report));
  }

  async #runOutside<T>(propagation: Propagation, work: TransactionalWork<T>, options: TransactionOptions): Promise<T> {
    switch (propagation) {
      case 'MANDATORY':
        throw new TransactionPropagationError(propagation);
      case 'SUPPORTS':
      case 'NOT_SUPPORTED':
      case 'NEVER':
        return await work();
      case 'REQUIRED':
      case 'REQUIRES_NEW':
      case 'NESTED':
        return this.#open(work, options);
    }
  }

  async #runInside<T>(
    scope: TransactionScope,
    propagation: Propagation,
    work: TransactionalWork<T>,
    options: TransactionOptions,
  ): Promise<T> {
    switch (propagation) {
      case 'NEVER':
        throw new TransactionPropagationError(propagation);
      case 'NOT_SUPPORTED':
        return outsideOf(this.#client, async () => await work());
      case 'REQUIRES_NEW':
        return outsideOf(this.#client, () => this.#open(work, options));
      case 'NESTED':
        assertMayJoin(scope, options);
        return runNested(scope, work);
      case 'REQUIRED':
      case 'MANDATORY':
      case 'SUPPORTS':
        assertMayJoin(scope, options);
        return join(scope, work);
    }
  }

  #open<T>(work: TransactionalWork<T>, options: TransactionOptions): Promise<T> {
    return runWithRetries(options.retries ?? 0, () => openTransaction(this.#client, options, work, this.#report));
  }
}

function assertMayJoin(scope: TransactionScope, options: TransactionOptions): void {
  scope.assertEnterable();
  assertJoinable(scope.trunk, options);
}

/** Half of what the work wrote stays in the transaction when it throws; whoever catches that must not commit it. */
async function join<T>(scope: TransactionScope, work: TransactionalWork<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    scope.doom(error);
    throw error;
  }
}

function assertPropagation(propagation: string): void {
  if ((PROPAGATIONS as readonly string[]).includes(propagation)) return;
  const message = `expected one of ${PROPAGATIONS.join(', ')}`;
  throw new InvalidOptionsError('TransactionHost.run()', [{ path: 'propagation', message }]);
}
