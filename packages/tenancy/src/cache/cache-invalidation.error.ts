import { NestarcError } from '@nestarc/core';

/** Thrown when what should be forgotten may still be in the cache, because the cache failed; try again. */
export class CacheInvalidationError extends NestarcError {
  /** @param cause - what failed */
  constructor(cause: unknown) {
    super('The cache could not be made to forget', { code: 'CACHE_INVALIDATION_FAILED', cause });
  }
}
