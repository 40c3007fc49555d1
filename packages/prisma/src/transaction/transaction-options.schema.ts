import { resolveOptions } from '@nestarc/core';
import { z } from 'zod';
import type { IsolationLevel } from '../client/client-internals';
import type { TransactionHostOptions } from './transaction-host';
import type { TransactionOptions } from './transaction-options';

const LEVELS = [
  'ReadUncommitted',
  'ReadCommitted',
  'RepeatableRead',
  'Serializable',
] as const satisfies IsolationLevel[];
const milliseconds = z.int().positive();

/** Fields shared by everything that takes transaction options. */
export const transactionOptionsShape = {
  isolationLevel: z.enum(LEVELS).optional(),
  maxWaitMs: milliseconds.optional(),
  timeoutMs: milliseconds.optional(),
  readOnly: z.boolean().optional(),
  retries: z.int().min(0).max(100).optional(),
};

const schema = z.strictObject(transactionOptionsShape);
const NONE: TransactionOptions = Object.freeze({});

/**
 * Validates transaction options.
 *
 * @param owner - who was given them, opens the error message
 * @param options - what the user passed
 * @throws InvalidOptionsError naming each refused option
 */
export function resolveTransactionOptions(owner: string, options: TransactionOptions | undefined): TransactionOptions {
  return options === undefined ? NONE : resolveOptions(owner, schema, options);
}

const hostSchema = z.strictObject({
  onHookError: z
    .custom<TransactionHostOptions['onHookError']>((value) => typeof value === 'function', 'expected a function')
    .optional(),
});

/**
 * Validates the options of a transaction host.
 *
 * @param options - what the user passed
 * @throws InvalidOptionsError naming each refused option
 */
export function resolveHostOptions(options: TransactionHostOptions): TransactionHostOptions {
  return resolveOptions('TransactionHost', hostSchema, options);
}
