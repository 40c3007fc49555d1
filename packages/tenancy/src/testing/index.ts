export { expectTenantIsolation, type IsolationExpectation, type TenantModel } from './expect-tenant-isolation';
export { TenantIsolationError, type TenantIsolationErrorCode } from './tenant-isolation.error';
export { TestTenancyModule } from './test-tenancy.module';
export { withTenant, type TenantRunner } from './with-tenant';
