export { attachContext, type AttachOptions, type Transport } from './client/attach-context';
export type { Operation, OperationHook } from './client/operation-hook';
export { ModelMetadata } from './model/model-metadata';
export { PrismaInternalsError } from './errors/prisma-internals.error';
export { TenancyContextRequiredError } from './errors/tenancy-context-required.error';
export { TransactionNotJoinableError } from './errors/transaction-not-joinable.error';
export { UnsupportedAdapterError } from './errors/unsupported-adapter.error';
export type { IsolationLevel } from './client/client-internals';
export {
  TransactionHost,
  type Propagation,
  type TransactionalWork,
  type TransactionHostOptions,
} from './transaction/transaction-host';
export type { TransactionHook } from './transaction/transaction-hooks';
export type { TransactionOptions } from './transaction/transaction-options';
export { ClientNotAttachedError } from './transaction/client-not-attached.error';
export { CommitFailedError } from './transaction/commit-failed.error';
export { TransactionAbortedError } from './transaction/transaction-aborted.error';
export { TransactionFinishedError } from './transaction/transaction-finished.error';
export { TransactionOptionsConflictError } from './transaction/transaction-options-conflict.error';
export { TransactionPropagationError } from './transaction/transaction-propagation.error';
