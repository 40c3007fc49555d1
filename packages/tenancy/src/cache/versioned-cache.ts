import { randomUUID } from 'node:crypto';
import { type CacheEntry, isCacheEntry, type TagVersion } from './cache-entry';
import { CacheInvalidationError } from './cache-invalidation.error';
import type { CacheScope } from './cache-scope';
import { type CacheStore, GuardedStore } from './cache-store';
import type { ResolvedTenantCacheOptions } from './tenant-cache.options';

/** What is looked for. */
export interface CacheQuestion {
  /** Whose it is. */
  readonly scope: CacheScope;
  /** Its key. */
  readonly key: string;
  /** Its tags, as far as they are known. */
  readonly tags: readonly string[];
}

/** What was found: a value, or only the versions that are current. */
export interface CacheFinding {
  /** The entry, when there is one that is still good. */
  readonly entry: CacheEntry | undefined;
  /** The current version of each tag of the question; absent where the tag has none yet. */
  readonly versions: ReadonlyMap<string, string | undefined>;
}

type Lookup = Map<string, string | undefined>;

/**
 * A cache that forgets by tags. Each tag has a version, a random one, in the store itself; an entry names the versions
 * that were current before its value was worked out, and is good as long as all of them still are. So a value that was
 * worked out before an invalidation is never given out after it, whenever it was stored. A version that is lost, because
 * it ran out or was evicted, is replaced by another one: it never comes back, as a number would.
 *
 * The versions stand beside the value and not in its key: both are read in one round trip, and what is stale is
 * overwritten, where a store without a limit would keep it for good.
 */
export class VersionedCache {
  readonly guarded: GuardedStore;
  readonly #versionTtlMs: number;
  readonly #claims = new Map<string, Promise<string>>();

  /**
   * @param store - where things are stored
   * @param options - see `TenantCacheInterceptorOptions`
   */
  constructor(store: CacheStore, options: Pick<ResolvedTenantCacheOptions, 'versionTtlMs' | 'storeTimeoutMs'>) {
    this.guarded = new GuardedStore(store, options.storeTimeoutMs);
    this.#versionTtlMs = options.versionTtlMs;
  }

  /**
   * Looks for a value.
   *
   * @param question - what is looked for; an entry that lacks one of its tags is none
   * @returns what was found, or `undefined` when the store fails
   */
  async find({ scope, key, tags }: CacheQuestion): Promise<CacheFinding | undefined> {
    return this.guarded.attempt(async (store) => {
      const asked = [...new Set([...scope.standingTags, ...tags])];
      const [stored, versions] = await Promise.all([store.get(key), lookUp(store, scope, asked)]);
      if (!isCacheEntry(stored)) return { entry: undefined, versions };
      const others = stored.versions.map(([tag]) => tag).filter((tag) => !versions.has(tag));
      const current = others.length === 0 ? versions : await lookUp(store, scope, others, new Map(versions));
      const good =
        stored.versions.every(([tag, version]) => current.get(tag) === version) &&
        asked.every((tag) => stored.versions.some(([named]) => named === tag));
      return { entry: good ? stored : undefined, versions };
    });
  }

  /**
   * Gives a version to the tags that have none. To be done before the value is worked out: an invalidation that comes
   * while it is replaces the version, and the value counts as stale.
   *
   * @param scope - whose tags they are
   * @param versions - what {@link VersionedCache.find} told
   * @returns the versions for {@link VersionedCache.keep}, or `undefined` when the store fails
   */
  async claim(scope: CacheScope, versions: CacheFinding['versions']): Promise<readonly TagVersion[] | undefined> {
    const known = [...versions];
    if (known.every((pair): pair is [string, string] => pair[1] !== undefined)) return known;
    return this.guarded.attempt(() =>
      Promise.all(
        known.map(async ([tag, version]): Promise<TagVersion> => [tag, version ?? (await this.#claimTag(scope, tag))]),
      ),
    );
  }

  /**
   * Stores a value, unless the store fails.
   *
   * @param key - its key
   * @param entry - the value and its versions
   * @param ttlMs - how long it is kept. Defaults to what the cache is set to
   */
  async keep(key: string, entry: CacheEntry, ttlMs?: number): Promise<void> {
    await this.guarded.attempt((store) => write(store, key, entry, ttlMs));
  }

  /**
   * Forgets everything that has one of some tags.
   *
   * @param scope - whose tags they are
   * @param tags - the tags
   * @throws CacheInvalidationError when the store fails
   */
  async forget(scope: CacheScope, tags: readonly string[]): Promise<void> {
    try {
      await this.guarded.demand((store) =>
        Promise.all([...new Set(tags)].map((tag) => this.#replace(store, scope.versionKey(tag)))),
      );
    } catch (error) {
      throw new CacheInvalidationError(error);
    }
  }

  /**
   * Removes one value.
   *
   * @param key - its key
   * @throws CacheInvalidationError when the store fails
   */
  async remove(key: string): Promise<void> {
    try {
      await this.guarded.demand((store) => store.del(key));
    } catch (error) {
      throw new CacheInvalidationError(error);
    }
  }

  /** Requests that come at once share a version, or each would take away the version of the one before. */
  async #claimTag(scope: CacheScope, tag: string): Promise<string> {
    const key = scope.versionKey(tag);
    const running = this.#claims.get(key);
    if (running !== undefined) return running;
    const claim = this.#create(key).finally(() => this.#claims.delete(key));
    this.#claims.set(key, claim);
    return claim;
  }

  async #create(key: string): Promise<string> {
    const { store } = this.guarded;
    const meanwhile = await readVersion(store, key);
    if (meanwhile !== undefined) return meanwhile;
    const version = randomUUID();
    await store.set(key, version, this.#versionTtlMs);
    return version;
  }

  /**
   * Written and read again: Keyv, under cache-manager 6 and 7, keeps the errors of its store to itself, and an
   * invalidation that is lost has to be told.
   */
  async #replace(store: CacheStore, key: string): Promise<void> {
    const before = await readVersion(store, key);
    await store.set(key, randomUUID(), this.#versionTtlMs);
    const after = await readVersion(store, key);
    if (after === undefined || after === before) throw new Error('The store did not keep what was written');
  }
}

async function lookUp(
  store: CacheStore,
  scope: CacheScope,
  tags: readonly string[],
  into: Lookup = new Map<string, string | undefined>(),
): Promise<Lookup> {
  const found = await Promise.all(tags.map((tag) => readVersion(store, scope.versionKey(tag))));
  for (const [index, tag] of tags.entries()) into.set(tag, found[index]);
  return into;
}

async function readVersion(store: CacheStore, key: string): Promise<string | undefined> {
  const version = await store.get(key);
  return typeof version === 'string' ? version : undefined;
}

async function write(store: CacheStore, key: string, entry: CacheEntry, ttlMs: number | undefined): Promise<void> {
  // Stores of cache-manager 5 tell `undefined` from an argument that is not there.
  await (ttlMs === undefined ? store.set(key, entry) : store.set(key, entry, ttlMs));
}
