import { currentContext } from '@nestarc/core';
import { sqlStateOf } from '../client/typed-failures';
import type { AmbientClient } from './ambient-client';
import { currentFrame, inFrame, outsideOf } from './ambient-storage';
import { CommitFailedError } from './commit-failed.error';
import { TransactionAbortedError } from './transaction-aborted.error';
import { TransactionHooks } from './transaction-hooks';
import { toPrismaOptions, type TransactionOptions } from './transaction-options';
import { TransactionScope, type TransactionTrunk } from './transaction-scope';
import { sendControl } from './transaction-statement';

/** Prisma's default, where a client has none of its own. */
const TIMEOUT_MS = 5_000;

/**
 * Opens a transaction of its own, runs work in it, and commits.
 *
 * @param client - the client
 * @param options - validated options
 * @param work - the work
 * @param report - told of hooks that failed
 * @throws TransactionAbortedError when the work succeeded although a part of it had failed
 * @throws CommitFailedError when the work succeeded and COMMIT did not
 */
export async function openTransaction<T>(
  client: AmbientClient,
  options: TransactionOptions,
  work: () => T | PromiseLike<T>,
  report: (error: unknown) => void,
): Promise<T> {
  const run = new OpenTransaction(client, options);
  try {
    const result = await client.internals.$transaction((itx) => run.fill(itx, work), toPrismaOptions(options));
    await run.finish('commit', report);
    return result;
  } catch (error) {
    const failure = run.failureOf(error);
    if (!(failure instanceof CommitFailedError && failure.outcome === 'unknown')) await run.finish('rollback', report);
    throw failure;
  }
}

class OpenTransaction {
  readonly #client: AmbientClient;
  readonly #options: TransactionOptions;
  readonly #settled = new TransactionHooks();
  #scope: TransactionScope | undefined;
  #isCommitting = false;

  constructor(client: AmbientClient, options: TransactionOptions) {
    this.#client = client;
    this.#options = options;
  }

  async fill<T>(itxClient: object, work: () => T | PromiseLike<T>): Promise<T> {
    const transaction = this.#client.transactionOf(itxClient);
    if (transaction === undefined) throw new Error('Prisma opened a transaction that this package did not see');
    const scope = new TransactionScope(this.#trunk(), transaction, currentFrame());
    this.#scope = scope;
    try {
      if (this.#options.readOnly === true) await sendControl(scope, 'SET TRANSACTION READ ONLY');
      // Awaited inside: the work may return an operation that runs when it is awaited.
      const result = await inFrame(scope.frame, async () => await work());
      await scope.drain();
      scope.assertSound();
      await assertNotAborted(scope);
      this.#isCommitting = true;
      return result;
    } finally {
      await scope.drain();
      scope.end(this.#isCommitting ? 'kept' : 'undone');
    }
  }

  /** Prisma reports a failed COMMIT as its driver does; its own P2028, that the time was up, says it well. */
  failureOf(error: unknown): unknown {
    const isPrismas = (error as { code?: unknown } | null)?.code === 'P2028';
    return this.#isCommitting && !isPrismas ? new CommitFailedError(sqlStateOf(error), error) : error;
  }

  async finish(outcome: 'commit' | 'rollback', report: (error: unknown) => void): Promise<void> {
    const scope = this.#scope;
    if (scope === undefined) return;
    if (outcome === 'rollback') scope.end('undone');
    await outsideOf(this.#client, async () => {
      await scope.hooks.run(outcome, report);
      await this.#settled.run(outcome, report);
    });
  }

  #trunk(): TransactionTrunk {
    const defaults = this.#client.internals._engineConfig.transactionOptions;
    const timeout = this.#options.timeoutMs ?? defaults?.timeout ?? TIMEOUT_MS;
    return {
      client: this.#client,
      context: currentContext(),
      isolationLevel: this.#options.isolationLevel ?? defaults?.isolationLevel,
      readOnly: this.#options.readOnly === true,
      deadline: performance.now() + timeout,
      settled: this.#settled,
    };
  }
}

/**
 * Asks, when an operation has failed and was not undone, whether the transaction is aborted: PostgreSQL would answer COMMIT
 * with ROLLBACK, which Prisma takes for success. Not every failure aborts; a record that was not found does not.
 */
async function assertNotAborted(scope: TransactionScope): Promise<void> {
  const { failure } = scope;
  if (failure === undefined) return;
  try {
    await sendControl(scope, 'SELECT 1');
  } catch (error) {
    throw (error as { code?: unknown }).code === 'P2028' ? error : new TransactionAbortedError(failure.error);
  }
}
