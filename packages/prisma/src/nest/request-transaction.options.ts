import type { TransactionOptions } from '../transaction/transaction-options';

/** Options of request transactions. */
export interface RequestTransactionOptions extends Pick<
  TransactionOptions,
  'isolationLevel' | 'maxWaitMs' | 'timeoutMs' | 'readOnly'
> {
  /** Makes the transactions of GET and HEAD requests read-only. Defaults to false. */
  readonly readOnlyGet?: boolean | undefined;
}
