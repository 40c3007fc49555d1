import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import type { TenancyRequest } from '../request/tenancy-request';
import { CACHE_TAGS_KEY } from './tenant-cache.tokens';

/** A tag, or what makes tags of a request: `(request: Request) => 'customer:' + request.params.id`. */
export type CacheTag<R extends object = TenancyRequest> = string | ((request: R) => string | readonly string[]);

/**
 * Names what the cached answers of a route, or of every route of a controller, are made of, so that
 * `TenantCache.invalidateTags` can forget them. The tags of a controller and of its route add up.
 *
 * @param tags - the tags; an answer whose tags cannot be told is not cached
 */
export function CacheTags<R extends object = TenancyRequest>(...tags: readonly CacheTag<R>[]): CustomDecorator<symbol> {
  return SetMetadata(CACHE_TAGS_KEY, tags);
}
