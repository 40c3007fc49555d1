import { currentContext, type RequestContext } from '@nestarc/core';
import type { TransactionInfo } from '../client/client-internals';
import { TransactionHooks } from '../transaction/transaction-hooks';

/** An operation that `$transaction([…])` was given, as it arrives where it would be sent. */
export interface ArrivedMember {
  /** Its place in the array. */
  readonly index: number;
  /** Whether it takes more than one statement. */
  readonly needsTransaction: boolean;
  /** The context its statements run in. */
  readonly context: RequestContext | undefined;
  /**
   * Lets it go on.
   *
   * @param transaction - what it runs in
   */
  readonly assign: (transaction: TransactionInfo) => void;
}

/** Takes the place of a transaction while the members of an array gather; shaped as Prisma's own. */
export interface Gathering extends TransactionInfo {
  readonly kind: 'batch';
  readonly index: number;
  readonly members: ArrayMembers;
}

const gatherings = new WeakSet<object>();

/**
 * Recognises an operation that waits for the other members of its array.
 *
 * @param transaction - what Prisma passes along
 */
export const isGathering = (transaction: TransactionInfo): transaction is Gathering => gatherings.has(transaction);

/**
 * Holds the members of an array transaction where they would be sent, until all have arrived: only there is known what
 * query extensions and planners made of each, and so whether they can be sent as Prisma does it.
 */
export class ArrayMembers {
  /** What waits for the end of the transaction. */
  readonly hooks = new TransactionHooks();
  /** Resolves when all have arrived, or went elsewhere; is rejected when one fails before that. */
  readonly gathered: Promise<void>;
  readonly #awaited: Set<number>;
  readonly #arrived = new Map<number, ArrivedMember>();
  readonly #refused = new Set<(error: unknown) => void>();
  #resolve: () => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor(readonly count: number) {
    this.#awaited = new Set(Array.from({ length: count }, (_, index) => index));
    this.gathered = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Those that arrived, in the order of the array. */
  get arrived(): readonly ArrivedMember[] {
    return [...this.#arrived.values()].sort((a, b) => a.index - b.index);
  }

  /**
   * Makes what is passed to a member in place of a transaction.
   *
   * @param index - its place in the array
   */
  gathering(index: number): TransactionInfo {
    // An extension that sends the operation in a transaction of its own has Prisma count it out by the lock.
    const lock = { then: () => this.leave(index) };
    const gathering: Gathering = { kind: 'batch', id: this, index, lock, members: this };
    gatherings.add(gathering);
    return gathering;
  }

  /**
   * Holds a member until it is known what it runs in.
   *
   * @param index - its place in the array
   * @param needsTransaction - whether it takes more than one statement
   * @param context - the context its statements run in, where that is not the one it was called in
   * @returns what it runs in
   */
  arrive(index: number, needsTransaction: boolean, context: RequestContext | undefined): Promise<TransactionInfo> {
    return new Promise((assign, reject) => {
      this.#refused.add(reject);
      this.#arrived.set(index, { index, needsTransaction, context: context ?? currentContext(), assign });
      this.leave(index);
    });
  }

  /**
   * Takes note of a member that does not arrive.
   *
   * @param index - its place in the array
   */
  leave(index: number): void {
    this.#awaited.delete(index);
    if (this.#awaited.size === 0) this.#resolve();
  }

  /**
   * Refuses all that have not been told what they run in.
   *
   * @param error - why
   */
  refuse(error: unknown): void {
    this.#reject(error);
    for (const reject of this.#refused) reject(error);
  }
}
