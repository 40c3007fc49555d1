/** A tag and the version of it that was current. */
export type TagVersion = readonly [tag: string, version: string];

/** What is stored: a value, and the versions of its tags that were current before the value was worked out. */
export interface CacheEntry {
  /** The value. */
  readonly value: unknown;
  /** The versions. */
  readonly versions: readonly TagVersion[];
}

/**
 * Recognises entries: others may write to the store, and older releases have.
 *
 * @param stored - what the store gave
 */
export function isCacheEntry(stored: unknown): stored is CacheEntry {
  if (typeof stored !== 'object' || stored === null) return false;
  const { versions } = stored as { readonly versions?: unknown };
  return 'value' in stored && Array.isArray(versions) && versions.every(isTagVersion);
}

function isTagVersion(pair: unknown): pair is TagVersion {
  return Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === 'string');
}
