import type { ClientInternals, InteractiveTransaction } from '../client/client-internals';
import { TransactionAbortedError } from '../transaction/transaction-aborted.error';
import { TransactionHooks } from '../transaction/transaction-hooks';
import { sendStatement } from '../transaction/transaction-statement';

/** An interactive transaction, or a savepoint that Prisma 7 made of a nested one. */
export class ClientTransaction {
  /** What waits for the end of the outermost transaction. */
  readonly hooks = new TransactionHooks();
  readonly #client: ClientInternals;
  readonly #transaction: InteractiveTransaction;
  #failure: { readonly error: unknown } | undefined;
  #half: { readonly error: unknown } | undefined;
  #isOpen = true;

  constructor(client: ClientInternals, transaction: InteractiveTransaction) {
    this.#client = client;
    this.#transaction = transaction;
  }

  /** Whether its callback still runs. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /**
   * Takes note of an operation that failed, which may have aborted the transaction.
   *
   * @param error - what it failed with
   */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  /**
   * Makes the transaction roll back, because half of a plan was written.
   *
   * @param error - what the other half failed with
   */
  doom(error: unknown): void {
    this.#half ??= { error };
  }

  /**
   * Looks at the transaction when its callback has succeeded.
   *
   * @returns whether what was written will be kept. Where a statement failed and that was caught, PostgreSQL answers COMMIT
   *   with ROLLBACK, and Prisma reports success
   * @throws TransactionAbortedError when half of a plan was written
   */
  async settle(): Promise<boolean> {
    this.#isOpen = false;
    if (this.#half !== undefined) throw new TransactionAbortedError(this.#half.error);
    if (this.#failure === undefined) return true;
    try {
      await sendStatement(this.#client, this.#transaction, 'SELECT 1');
      return true;
    } catch {
      return false;
    }
  }

  /** What failed first, when something has. */
  get failure(): unknown {
    return this.#failure?.error;
  }

  /** Ends it, whatever became of it. */
  close(): void {
    this.#isOpen = false;
  }
}
