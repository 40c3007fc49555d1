/** Injection token of the options of {@link TenantCacheInterceptor} and {@link TenantCache}; may be left unprovided. */
export const TENANT_CACHE_INTERCEPTOR_OPTIONS: symbol = Symbol.for('@nestarc/tenancy/TENANT_CACHE_INTERCEPTOR_OPTIONS');

/** Metadata key under which `@SharedTenantCache()` and `@TenantWideCache()` leave how far an answer is shared. */
export const CACHE_REACH_KEY: symbol = Symbol.for('@nestarc/tenancy/SHARED_TENANT_CACHE_KEY');

/** Metadata key under which `@CacheTags()` leaves its tags. */
export const CACHE_TAGS_KEY: symbol = Symbol.for('@nestarc/tenancy/CACHE_TAGS_KEY');
