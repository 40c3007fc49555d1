export { attachContext, isAttached, type AttachOptions, type Transport } from './client/attach-context';
export type { Operation, OperationHook } from './client/operation-hook';
export { afterCommit, TransactionNotFollowedError } from './operation/after-commit';
export { transactionClient } from './operation/transaction-client';
export type {
  OperationPlan,
  OperationPlanner,
  OperationPrecondition,
  OperationTransaction,
  PlannedOperation,
} from './operation/operation-plan';
export { planOperations } from './operation/plan-operations';
export { requireContext, type RequiredContextOptions } from './operation/require-context';
export { originalClient } from './client/original-client';
export { ModelMetadata } from './model/model-metadata';
export { columnsOf, type FieldInfo, type ModelInfo, type RelationInfo, type UniqueInfo } from './model/model-info';
export { PrismaInternalsError } from './errors/prisma-internals.error';
export { TenancyContextRequiredError } from './errors/tenancy-context-required.error';
export { TransactionNotJoinableError } from './errors/transaction-not-joinable.error';
export { UnsupportedAdapterError } from './errors/unsupported-adapter.error';
export type { IsolationLevel } from './client/client-internals';
export { TransactionHost, type TransactionalWork, type TransactionHostOptions } from './transaction/transaction-host';
export type { TransactionHook } from './transaction/transaction-hooks';
export type { TransactionOptions } from './transaction/transaction-options';
export { ClientNotAttachedError } from './transaction/client-not-attached.error';
export { CommitFailedError } from './transaction/commit-failed.error';
export { TransactionAbortedError } from './transaction/transaction-aborted.error';
export { TransactionFinishedError } from './transaction/transaction-finished.error';
export { TransactionOptionsConflictError } from './transaction/transaction-options-conflict.error';
export { TransactionPropagationError } from './transaction/transaction-propagation.error';
export type { Propagation } from './transaction/propagation';
