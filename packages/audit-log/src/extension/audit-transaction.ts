import { resolveOptions } from '@nestarc/core';
import { type IsolationLevel, TransactionHost, type TransactionOptions } from '@nestarc/prisma';
import { z } from 'zod';
import { runWithState } from '../context/audit-scope';

/** Options of `withAuditTransaction`, in Prisma's words. */
export interface AuditTransactionOptions {
  /** Milliseconds that an opened transaction may take. Defaults to the client's, which is 5000. */
  readonly timeout?: number | undefined;
  /** Milliseconds to wait for a connection. Defaults to the client's, which is 2000. */
  readonly maxWait?: number | undefined;
  /** The weakest isolation the work accepts. Defaults to the client's. */
  readonly isolationLevel?: IsolationLevel | undefined;
}

/** What `withAuditLifecycle` runs a callback as. */
export interface AuditLifecycleInput {
  /** Name that entries go by, such as `User.archived`; what was done stays in `op`. */
  readonly action: string;
  /** Added to the metadata of entries. Defaults to nothing. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Accepted for compatibility and not needed: a change is recorded once, whichever operation made it. */
  readonly suppressOuterOperation?: unknown;
}

/** What callbacks of transactions are given: the client, without what cannot be done inside of one. */
export type AuditTransactionClient<Client> = Omit<
  Client,
  '$connect' | '$disconnect' | '$extends' | '$on' | '$transaction' | '$use'
>;

/** What the extension adds to a client. */
export interface AuditTransactionMethods {
  /**
   * Runs a callback in a transaction: that which is open here, or else one of its own. What it does through the client that
   * it is given, and through the plain one, is part of it.
   *
   * @param callback - the callback
   * @param options - see {@link AuditTransactionOptions}; time limits are those of whoever opens the transaction
   * @returns what the callback returned
   * @throws InvalidOptionsError for options that are none
   * @throws TransactionOptionsConflictError where it would join a transaction that is more weakly isolated
   */
  withAuditTransaction<Client extends object, T>(
    this: Client,
    callback: (tx: AuditTransactionClient<Client>) => T | PromiseLike<T>,
    options?: AuditTransactionOptions,
  ): Promise<T>;
  /**
   * Runs a callback in a transaction, as `withAuditTransaction` does, with a name for all that it does.
   *
   * @param input - see {@link AuditLifecycleInput}
   * @param callback - the callback
   * @returns what the callback returned
   * @throws InvalidOptionsError for an input that is none
   */
  withAuditLifecycle<Client extends object, T>(
    this: Client,
    input: AuditLifecycleInput,
    callback: (tx: AuditTransactionClient<Client>) => T | PromiseLike<T>,
  ): Promise<T>;
}

const milliseconds = z.int('expected a positive number of milliseconds').positive();

const optionsSchema = z.strictObject({
  timeout: milliseconds.optional(),
  maxWait: milliseconds.optional(),
  isolationLevel: z.enum(['ReadUncommitted', 'ReadCommitted', 'RepeatableRead', 'Serializable']).optional(),
});

const lifecycleSchema = z.strictObject({
  action: z.string().min(1),
  metadata: z.record(z.string(), z.unknown()).optional(),
  suppressOuterOperation: z.unknown().optional(),
});

/** Under this symbol Prisma names the transaction of a client that `$transaction(callback)` was given. */
const TRANSACTION_ID = Symbol.for('prisma.client.transaction.id');

/** The methods that an audited client has. */
export const transactionMethods: AuditTransactionMethods = {
  async withAuditTransaction(callback, options = {}) {
    const { timeout, maxWait, isolationLevel } = resolveOptions('withAuditTransaction()', optionsSchema, options);
    return inTransaction(this, callback, { timeoutMs: timeout, maxWaitMs: maxWait, isolationLevel });
  },
  async withAuditLifecycle(input, callback) {
    const { action, metadata } = resolveOptions('withAuditLifecycle()', lifecycleSchema, input);
    return runWithState(
      (before) => ({ ...before, actionOverride: action, metadata: { ...before.metadata, ...metadata } }),
      () => inTransaction(this, callback),
    );
  },
};

async function inTransaction<Client extends object, T>(
  client: Client,
  callback: (tx: AuditTransactionClient<Client>) => T | PromiseLike<T>,
  options?: TransactionOptions,
): Promise<T> {
  if (TRANSACTION_ID in client && Reflect.get(client, TRANSACTION_ID) !== undefined) return callback(client);
  return TransactionHost.of(client).run(() => callback(client), options);
}
