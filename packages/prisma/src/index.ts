export { attachContext, type AttachOptions } from './client/attach-context';
export type { Operation, OperationHook } from './client/operation-hook';
export { ModelMetadata } from './model/model-metadata';
export { PrismaInternalsError } from './errors/prisma-internals.error';
export { TenancyContextRequiredError } from './errors/tenancy-context-required.error';
export { UnsupportedAdapterError } from './errors/unsupported-adapter.error';
