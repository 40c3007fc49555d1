import { bindContext } from '@nestarc/core';

/** Work that waits for the end of a transaction; may return a promise, which is awaited. */
export type TransactionHook = () => unknown;

/** The hooks of a scope, in the order they were added. */
export class TransactionHooks {
  readonly #afterCommit: TransactionHook[] = [];
  readonly #afterRollback: TransactionHook[] = [];

  /**
   * Adds a hook; it will run in the context it is added in.
   *
   * @param outcome - what it waits for
   * @param hook - the hook
   */
  add(outcome: 'commit' | 'rollback', hook: TransactionHook): void {
    (outcome === 'commit' ? this.#afterCommit : this.#afterRollback).push(bindContext(hook));
  }

  /**
   * Takes over the hooks of a savepoint that was released.
   *
   * @param released - hooks of the savepoint
   */
  adopt(released: TransactionHooks): void {
    this.#afterCommit.push(...released.#afterCommit);
    this.#afterRollback.push(...released.#afterRollback);
  }

  /**
   * Keeps, of the hooks of a savepoint that was rolled back, those that were waiting for just that.
   *
   * @param undone - hooks of the savepoint
   */
  settle(undone: TransactionHooks): void {
    this.#afterCommit.push(...undone.#afterRollback);
    this.#afterRollback.push(...undone.#afterRollback);
  }

  /**
   * Runs the hooks one after the other.
   *
   * @param outcome - what became of the transaction
   * @param report - told of each failure; the others run all the same
   */
  async run(outcome: 'commit' | 'rollback', report: (error: unknown) => void): Promise<void> {
    for (const hook of outcome === 'commit' ? this.#afterCommit : this.#afterRollback) {
      try {
        await hook();
      } catch (error) {
        reportSafely(report, error);
      }
    }
  }
}

/** What became of the transaction stands, whatever the one who is told of a failure does. */
function reportSafely(report: (error: unknown) => void, error: unknown): void {
  try {
    report(error);
  } catch (failure) {
    process.emitWarning(`onHookError failed: ${String(failure)}`, 'NestarcWarning');
  }
}

/**
 * Reports a hook that failed as a warning of the process.
 *
 * @param error - what it threw
 */
export function warnOfHook(error: unknown): void {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(`A hook at the end of a transaction failed: ${detail}`, 'NestarcWarning');
}
