import type { IsolationLevel, PrismaTransactionOptions } from '../client/client-internals';
import { TransactionOptionsConflictError } from './transaction-options-conflict.error';

/** Options of a transaction. */
export interface TransactionOptions {
  /**
   * The weakest isolation the work accepts. Defaults to that of the client, and then to the database's. Work that joins a
   * weaker transaction is refused.
   */
  readonly isolationLevel?: IsolationLevel | undefined;
  /** Milliseconds to wait for a connection when a transaction is opened. Defaults to the client's, which is 2000. */
  readonly maxWaitMs?: number | undefined;
  /** Milliseconds an opened transaction may take. Defaults to the client's, which is 5000. */
  readonly timeoutMs?: number | undefined;
  /**
   * Opens a transaction in which PostgreSQL refuses to write; costs one round trip. Defaults to false. Work that says false
   * is refused where it would join one that is read-only.
   */
  readonly readOnly?: boolean | undefined;
  /**
   * How often a transaction that PostgreSQL could not serialise, or that it ended as a deadlock, is run again from the
   * start. Defaults to 0. Counts for the outermost call only. The callback is repeated as a whole: what it does outside of
   * the database it does again.
   */
  readonly retries?: number | undefined;
}

/** What a running transaction gives. */
export interface RunningTransaction {
  /** Its isolation level; `undefined` is whatever the database's default is. */
  readonly isolationLevel: IsolationLevel | undefined;
  /** Whether it refuses to write. */
  readonly readOnly: boolean;
}

/**
 * Refuses work that demands more than the transaction gives which it would join.
 *
 * @param running - the transaction
 * @param demanded - the options of the work
 * @throws TransactionOptionsConflictError when they conflict
 */
export function assertJoinable(running: RunningTransaction, demanded: TransactionOptions): void {
  const { isolationLevel, readOnly } = demanded;
  if (isolationLevel !== undefined && strength(running.isolationLevel) < strength(isolationLevel)) {
    const found = running.isolationLevel ?? 'of the default isolation level';
    throw new TransactionOptionsConflictError(isolationLevel, found);
  }
  if (readOnly === false && running.readOnly) throw new TransactionOptionsConflictError('writable', 'read-only');
}

/** ReadUncommitted is ReadCommitted to PostgreSQL; a default may not be relied on for more. */
const STRENGTH: Readonly<Record<IsolationLevel, number>> = Object.freeze({
  ReadUncommitted: 1,
  ReadCommitted: 1,
  RepeatableRead: 2,
  Serializable: 3,
});

const strength = (level: IsolationLevel = 'ReadCommitted'): number => STRENGTH[level];

/**
 * Says the same in Prisma's words.
 *
 * @param options - validated options
 */
export function toPrismaOptions({
  isolationLevel,
  maxWaitMs,
  timeoutMs,
}: TransactionOptions): PrismaTransactionOptions {
  return {
    ...(isolationLevel === undefined ? {} : { isolationLevel }),
    ...(maxWaitMs === undefined ? {} : { maxWait: maxWaitMs }),
    ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
  };
}
