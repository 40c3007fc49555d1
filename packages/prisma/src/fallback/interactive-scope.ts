import type { RequestContext } from '@nestarc/core';
import { type FurtherSettings, isSameCaller, TransactionSettings } from '@nestarc/postgres';
import { SharedExclusiveLock } from '../transaction/shared-exclusive.lock';

/** Puts a context into force in a transaction, with further settings. */
export type Announcement = (context: RequestContext, further: FurtherSettings | undefined) => Promise<unknown>;

/**
 * An interactive transaction that was begun in a context. Its operations find the further settings of their own context in
 * force; those that need others than the ones before wait until these are done, because an operation may take several
 * statements.
 */
export class InteractiveScope {
  readonly #settings = new TransactionSettings();
  readonly #lock = new SharedExclusiveLock();
  readonly #announce: Announcement;
  /** Whose actor and request are in force; unknown behind a rollback to a savepoint. */
  #caller: RequestContext | undefined;
  #isShared = false;

  /**
   * @param context - the context it was begun in
   * @param announce - sends a context
   */
  constructor(
    readonly context: RequestContext,
    announce: Announcement,
  ) {
    this.#announce = announce;
  }

  /**
   * Puts the context into force.
   *
   * @param further - its further settings
   */
  async begin(further: FurtherSettings | undefined): Promise<void> {
    await this.#announce(this.context, further);
    this.#settings.sent(further);
    this.#caller = this.context;
  }

  /**
   * Runs an operation.
   *
   * @param context - its context, of the tenant of the transaction
   * @param further - the further settings of that
   * @param operation - the operation
   */
  async run(
    context: RequestContext,
    further: FurtherSettings | undefined,
    operation: () => Promise<unknown>,
  ): Promise<unknown> {
    // No turn is awaited that is free: operations of one tick are merged.
    const turn = this.#lock.enterShared();
    if (turn !== undefined) await turn;
    try {
      if (this.#isInForce(context, further)) return await operation();
    } finally {
      this.#lock.leaveShared();
    }
    return this.#runAlone(context, further, operation);
  }

  /** Takes note that a savepoint was rolled back to. */
  rolledBack(): void {
    this.#settings.rolledBack();
    if (this.#isShared) this.#caller = undefined;
  }

  #isInForce(context: RequestContext, further: FurtherSettings | undefined): boolean {
    return this.#settings.holds(further) && isSameCaller(this.#caller, context);
  }

  async #runAlone(
    context: RequestContext,
    further: FurtherSettings | undefined,
    operation: () => Promise<unknown>,
  ): Promise<unknown> {
    const turn = this.#lock.enterExclusive();
    if (turn !== undefined) await turn;
    try {
      if (!this.#isInForce(context, further)) {
        await this.#announce(context, this.#settings.covering(further));
        this.#settings.sent(further);
        this.#isShared ||= !isSameCaller(this.context, context);
        this.#caller = context;
      }
      return await operation();
    } finally {
      this.#lock.leaveExclusive();
    }
  }
}
