import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import { CACHE_REACH_KEY } from './tenant-cache.tokens';

/** How far a cached answer is shared: with its principal, with one tenant, or with everybody. */
export type CacheReach = 'principal' | 'tenant' | 'everybody';

/**
 * Lets everybody, of whatever tenant, have the same cached answers of a route, or of every route of a controller: for
 * what depends on neither tenant nor user. Works without a tenant, too.
 */
export function SharedTenantCache(): CustomDecorator<symbol> {
  return SetMetadata(CACHE_REACH_KEY, 'everybody' satisfies CacheReach);
}

/**
 * Lets everybody of one tenant have the same cached answers of a route, or of every route of a controller: for what does
 * not depend on who asks, or on what they may see.
 */
export function TenantWideCache(): CustomDecorator<symbol> {
  return SetMetadata(CACHE_REACH_KEY, 'tenant' satisfies CacheReach);
}
