import { resolveOptions } from '@nestarc/core';
import { z } from 'zod';
import type { RequestTransactionOptions } from './request-transaction.options';
import { requestTransactionSchema } from './request-transaction.schema';
import type { TransactionModuleOptions } from './transaction-module.options';

/** Options with all defaults filled in. */
export interface ResolvedTransactionModuleOptions {
  /** Gives the client. Options are frozen to the bottom, and a client must not be. */
  readonly client: () => object;
  readonly requestTransaction: RequestTransactionOptions;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const schema = z.strictObject({
  client: z.custom<object>(isObject, 'expected a Prisma client').transform((client) => () => client),
  requestTransaction: requestTransactionSchema.default({}),
});

/**
 * Validates the options of the module.
 *
 * @param options - what the user passed
 * @throws InvalidOptionsError naming each refused option
 */
export function resolveTransactionModuleOptions(options: TransactionModuleOptions): ResolvedTransactionModuleOptions {
  return resolveOptions('TransactionModule', schema, options);
}
