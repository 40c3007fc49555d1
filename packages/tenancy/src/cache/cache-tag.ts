import { NestarcError } from '@nestarc/core';

/** Thrown for a tag that is not a non-empty text. */
export class InvalidCacheTagError extends NestarcError {
  constructor() {
    super('A cache tag is a text that is not empty', { code: 'CACHE_TAG_INVALID' });
  }
}

/**
 * Accepts tags.
 *
 * @param tags - the tags
 * @throws {@link InvalidCacheTagError} when one is none
 */
export function acceptCacheTags(tags: readonly unknown[]): readonly string[] {
  if (!tags.every((tag): tag is string => typeof tag === 'string' && tag !== '')) throw new InvalidCacheTagError();
  return tags;
}
