import { currentContext, isNestarcError, type RequestContext } from '@nestarc/core';
import { TenantSwitchInTransactionError } from '@nestarc/postgres';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { InteractiveTransaction } from '../client/client-internals';
import type { AmbientClient } from './ambient-client';
import type { AmbientFrame } from './ambient-storage';
import { SharedExclusiveLock } from './shared-exclusive.lock';
import { TransactionAbortedError } from './transaction-aborted.error';
import { TransactionFinishedError } from './transaction-finished.error';
import { TransactionHooks } from './transaction-hooks';
import type { RunningTransaction } from './transaction-options';

/** What the scopes of one transaction share. */
export interface TransactionTrunk extends RunningTransaction {
  readonly client: AmbientClient;
  /** The context BEGIN pinned. */
  readonly context: RequestContext | undefined;
  /** When Prisma ends the transaction, in milliseconds of `performance.now()`. */
  readonly deadline: number;
  /** Hooks that run at the end of the whole transaction, whatever that is. */
  readonly settled: TransactionHooks;
}

/** Behind Prisma's own timer, so that what waited finds the transaction expired. */
const GRACE_MS = 50;

/**
 * A transaction, or a savepoint within one: knows what was called in it and is still in flight, so that it does not end
 * under running operations, and keeps operations of the surrounding scope out of an open savepoint, which would undo them.
 */
export class TransactionScope {
  /** What Prisma passes along with each operation; unlike its id, the object belongs to this scope alone. */
  readonly transaction: InteractiveTransaction;
  readonly trunk: TransactionTrunk;
  readonly frame: AmbientFrame;
  readonly hooks = new TransactionHooks();
  readonly #parent: TransactionScope | undefined;
  readonly #lock = new SharedExclusiveLock();
  #calls = 0;
  #state: 'open' | 'kept' | 'undone' = 'open';
  #failure: { readonly error: unknown } | undefined;
  #isDoomed = false;
  #quiet: (() => void) | undefined;
  #expiry: Promise<void> | undefined;

  constructor(
    trunk: TransactionTrunk,
    transaction: InteractiveTransaction,
    outer: AmbientFrame | undefined,
    parent?: TransactionScope,
  ) {
    this.trunk = trunk;
    this.transaction = transaction;
    this.#parent = parent;
    this.frame = { client: trunk.client, scope: this, outer };
    trunk.client.register(this);
  }

  /**
   * Gives the scope that a call made here belongs to: the one around it when this one has been kept, and this one when it
   * was rolled back. What is left running of work that was undone must not write the other half of it outside.
   */
  live(): TransactionScope | undefined {
    return this.#state === 'kept' ? this.#parent?.live() : this;
  }

  /** Whether calls can still join. */
  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Whether it was rolled back. */
  get isUndone(): boolean {
    return this.#state === 'undone';
  }

  /**
   * Refuses to go on after the end.
   *
   * @throws TransactionFinishedError when the scope has ended
   */
  assertOpen(): void {
    if (this.#state !== 'open') throw new TransactionFinishedError(this.#state);
  }

  /**
   * Tells whether this scope is another one or lies within it.
   *
   * @param other - the other scope
   */
  isWithin(other: TransactionScope): boolean {
    return this === other || this.#parent?.isWithin(other) === true;
  }

  /**
   * Refuses work of another tenant than the one the transaction is pinned to, and makes it roll back.
   *
   * @throws TenantSwitchInTransactionError for another tenant
   * @throws TransactionFinishedError when the scope has ended
   */
  assertEnterable(): void {
    this.assertOpen();
    const context = currentContext();
    const pinned = this.trunk.context;
    if (context === undefined || (context.tenantId === pinned?.tenantId && context.mode === pinned?.mode)) return;
    const error = new TenantSwitchInTransactionError();
    this.doom(error);
    throw error;
  }

  /**
   * Runs a call of the client. The scope does not end before it has settled, so that a query extension may go on.
   *
   * @param call - the call
   * @throws TransactionFinishedError when the scope has ended
   */
  attend(call: () => unknown): unknown {
    this.assertOpen();
    const result = call();
    this.#calls += 1;
    const done = (): void => {
      this.#calls -= 1;
      this.#tellQuiet();
    };
    (result as PromiseLike<unknown>).then(done, (error: unknown) => {
      if (isTenantSwitch(error)) this.doom(error);
      done();
    });
    return result;
  }

  /**
   * Sends an operation to the database, side by side with others of this scope, but not into an open savepoint.
   *
   * @param send - sends it
   * @returns what it returned; rejected with TransactionFinishedError when the scope has ended
   */
  perform<T>(send: () => Promise<T>): Promise<T> {
    if (this.#state !== 'open') return Promise.reject(new TransactionFinishedError(this.#state));
    const turn = this.#lock.enterShared();
    return turn === undefined ? this.#observe(send) : this.#orExpired(turn).then(() => this.#observe(send));
  }

  /**
   * Has the connection to itself while a savepoint is open.
   *
   * @param work - sets, fills and leaves the savepoint
   */
  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lock.enterExclusive();
    if (turn !== undefined) await this.#orExpired(turn);
    try {
      return await work();
    } finally {
      this.#lock.leaveExclusive();
      this.#tellQuiet();
    }
  }

  /**
   * Takes note that something failed which may have aborted the transaction.
   *
   * @param error - what failed
   */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  /**
   * Makes the scope roll back, whatever else happens in it.
   *
   * @param error - why
   */
  doom(error: unknown): void {
    if (!this.#isDoomed) this.#failure = { error };
    this.#isDoomed = true;
  }

  /** What failed first, when something has. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /**
   * Refuses to keep what a part of has failed.
   *
   * @throws TransactionAbortedError when the scope has to roll back
   */
  assertSound(): void {
    if (this.#isDoomed) throw new TransactionAbortedError(this.#failure?.error);
  }

  /** Waits until nothing that was called in this scope is in flight. */
  async drain(): Promise<void> {
    while (!this.#isQuiet() && performance.now() < this.trunk.deadline) {
      await this.#orExpired(new Promise<void>((resolve) => (this.#quiet = resolve)));
      // Whoever waited for the last of it may go on: with the next operation of a chain that nobody awaits.
      await setImmediate();
    }
  }

  /**
   * Ends the scope.
   *
   * @param state - what became of what was written in it
   */
  end(state: 'kept' | 'undone'): void {
    this.#state = state;
  }

  #isQuiet(): boolean {
    return this.#calls === 0 && this.#lock.isIdle;
  }

  #tellQuiet(): void {
    if (this.#quiet !== undefined && this.#isQuiet()) this.#quiet();
  }

  #observe<T>(send: () => Promise<T>): Promise<T> {
    const leave = (): void => {
      this.#lock.leaveShared();
      this.#tellQuiet();
    };
    const result = send();
    result.then(leave, (error: unknown) => {
      if (isTenantSwitch(error)) this.doom(error);
      else this.fail(error);
      leave();
    });
    return result;
  }

  /** Siblings that wait for each other would wait for ever: Prisma's timer ends the transaction, but no callback. */
  #orExpired(turn: Promise<void>): Promise<void> {
    const rest = Math.max(0, this.trunk.deadline - performance.now()) + GRACE_MS;
    this.#expiry ??= setTimeout(rest, undefined, { ref: false });
    return Promise.race([turn, this.#expiry]);
  }
}

/** Which layer refuses it depends on how the client is attached. */
const isTenantSwitch = (error: unknown): boolean =>
  isNestarcError(error) && error.code === 'TENANT_SWITCH_IN_TRANSACTION';
