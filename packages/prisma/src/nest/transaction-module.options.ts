import type { RequestTransactionOptions } from './request-transaction.options';

/** Options of `TransactionModule`. */
export interface TransactionModuleOptions {
  /** The Prisma client, attached to the context, extended or not. */
  readonly client: unknown;
  /** What holds for all request transactions; see {@link RequestTransactionOptions}. Defaults to the client's defaults. */
  readonly requestTransaction?: RequestTransactionOptions | undefined;
}
