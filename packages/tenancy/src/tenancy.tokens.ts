/** Injection token of the resolved options. */
export const TENANCY_MODULE_OPTIONS: symbol = Symbol.for('@nestarc/tenancy/TENANCY_MODULE_OPTIONS');

/** Metadata key under which `@BypassTenancy()` leaves its mark. */
export const BYPASS_TENANCY_KEY: symbol = Symbol.for('@nestarc/tenancy/BYPASS_TENANCY_KEY');

/** Metadata key under which `@TenantOptional()` leaves its mark. */
export const TENANT_OPTIONAL_KEY: symbol = Symbol.for('@nestarc/tenancy/TENANT_OPTIONAL_KEY');
