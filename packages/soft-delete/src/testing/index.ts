export { expectCascadeSoftDeleted, type CascadeExpectation } from './expect-cascade-soft-deleted';
export { expectNotSoftDeleted, expectSoftDeleted } from './expect-soft-deleted';
export { SoftDeleteExpectationError } from './soft-delete-expectation.error';
export type { TestedModel, TestedRow, TestedWhere } from './tested-model';
export { TestSoftDeleteModule, type TestSoftDeleteOptions } from './test-soft-delete.module';
