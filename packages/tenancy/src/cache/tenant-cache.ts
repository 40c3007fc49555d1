import { currentContext, TenantContextMissingError } from '@nestarc/core';
import { CACHE_MANAGER } from '@nestjs/cache-manager';
import { Inject, Injectable, Optional } from '@nestjs/common';

import { DEFAULT_RULES, TenantIdPolicy, type TenantIdRules } from '../tenant-id-policy';
import { TENANCY_MODULE_OPTIONS } from '../tenancy.tokens';
import type { TagVersion } from './cache-entry';
import { acceptCacheTags } from './cache-tag';
import { CacheScope, EVERYTHING } from './cache-scope';
import type { CacheStore } from './cache-store';
import { SingleFlight } from './single-flight';
import {
  type ResolvedTenantCacheOptions,
  resolveTenantCacheOptions,
  type TenantCacheInterceptorOptions,
} from './tenant-cache.options';
import { TENANT_CACHE_INTERCEPTOR_OPTIONS } from './tenant-cache.tokens';
import { VersionedCache } from './versioned-cache';

/** How a value is cached. */
export interface TenantCacheEntryOptions {
  /** How long it is kept, in milliseconds. Defaults to what the cache is set to. */
  readonly ttlMs?: number | undefined;
  /** What it is made of, for {@link TenantCache.invalidateTags}. Defaults to nothing. */
  readonly tags?: readonly string[] | undefined;
}

/** Which tenant's cache is meant. */
export interface TenantCacheTarget {
  /** The tenant. Defaults to the one of the running work. */
  readonly tenantId?: string | undefined;
}

/**
 * The cache of the current tenant, on the `Cache` of cache-manager. Everybody of a tenant shares it: what depends on who
 * asks has them in its key. When the store fails, values are worked out as if there were no cache; only what is to be
 * forgotten fails with it.
 */
@Injectable()
export class TenantCache {
  readonly #options: ResolvedTenantCacheOptions;
  readonly #cache: VersionedCache;
  readonly #policy: TenantIdPolicy;
  readonly #flights = new SingleFlight();

  constructor(
    @Inject(CACHE_MANAGER) store: CacheStore,
    @Optional() @Inject(TENANT_CACHE_INTERCEPTOR_OPTIONS) options?: TenantCacheInterceptorOptions,
    @Optional() @Inject(TENANCY_MODULE_OPTIONS) rules?: TenantIdRules,
  ) {
    this.#options = resolveTenantCacheOptions(options ?? {});
    this.#cache = new VersionedCache(store, this.#options);
    this.#policy = new TenantIdPolicy(rules ?? DEFAULT_RULES);
  }

  /**
   * Reads a value of the current tenant.
   *
   * @param key - its key
   * @returns the value, or `undefined` when there is none
   * @throws TenantContextMissingError without a tenant
   */
  async get<T>(key: string): Promise<T | undefined> {
    const scope = this.#scope();
    const finding = await this.#cache.find({ scope, key: scope.valueKey(key), tags: [] });
    return finding?.entry?.value as T | undefined;
  }

  /**
   * Stores a value for the current tenant; nothing happens when the store fails. An invalidation that comes between
   * working out the value and this call cannot be noticed: {@link TenantCache.wrap} notices it.
   *
   * @param key - its key
   * @param value - the value
   * @param options - see {@link TenantCacheEntryOptions}
   * @throws TenantContextMissingError without a tenant
   */
  async set(key: string, value: unknown, options: TenantCacheEntryOptions = {}): Promise<void> {
    const scope = this.#scope();
    const tags = acceptCacheTags(options.tags ?? []);
    const question = { scope, key: scope.valueKey(key), tags };
    const finding = await this.#cache.find(question);
    const versions = finding && (await this.#cache.claim(scope, finding.versions));
    if (versions !== undefined) await this.#keep(question.key, value, versions, options);
  }

  /**
   * Removes a value of the current tenant.
   *
   * @param key - its key
   * @throws TenantContextMissingError without a tenant
   * @throws CacheInvalidationError when the store fails
   */
  async del(key: string): Promise<void> {
    await this.#cache.remove(this.#scope().valueKey(key));
  }

  /**
   * Gives a value of the current tenant, working it out when it is not there. Calls of this process for the same key wait
   * for one another, so it is worked out once. `null` is a value; `undefined` is not stored.
   *
   * @param key - its key
   * @param compute - works the value out, in the context of the first that asks for it
   * @param options - see {@link TenantCacheEntryOptions}
   * @throws TenantContextMissingError without a tenant
   * @throws what `compute` throws; nothing is stored then
   */
  async wrap<T>(key: string, compute: () => T | Promise<T>, options: TenantCacheEntryOptions = {}): Promise<T> {
    const scope = this.#scope();
    const question = { scope, key: scope.valueKey(key), tags: acceptCacheTags(options.tags ?? []) };
    const finding = await this.#cache.find(question);
    if (finding?.entry !== undefined) return finding.entry.value as T;
    const versions = finding && (await this.#cache.claim(scope, finding.versions));
    if (versions === undefined) return compute();
    // The versions are part of what the work is: who comes after an invalidation does not get what was begun before it.
    return this.#flights.run(JSON.stringify([question.key, versions]), async () => {
      const value = await compute();
      await this.#keep(question.key, value, versions, options);
      return value;
    });
  }

  /**
   * Forgets everything of a tenant that has one of some tags: values, and answers of routes with `@CacheTags()`. What is
   * being worked out meanwhile is not stored as if it were new.
   *
   * @param tags - the tags
   * @param target - the tenant
   * @throws TenantContextMissingError without a tenant
   * @throws CacheInvalidationError when the store fails
   */
  async invalidateTags(tags: readonly string[], target: TenantCacheTarget = {}): Promise<void> {
    await this.#cache.forget(this.#scope(target.tenantId), acceptCacheTags(tags));
  }

  /**
   * Forgets the answers of `@SharedTenantCache()` routes that have one of some tags.
   *
   * @param tags - the tags
   * @throws CacheInvalidationError when the store fails
   */
  async invalidateSharedTags(tags: readonly string[]): Promise<void> {
    await this.#cache.forget(new CacheScope(this.#options, undefined), acceptCacheTags(tags));
  }

  /**
   * Forgets everything of a tenant. It is out of reach at once; the store gives its memory back as the entries run out.
   *
   * @param tenantId - the tenant. Defaults to the one of the running work
   * @throws TenantContextMissingError without a tenant
   * @throws CacheInvalidationError when the store fails
   */
  async clearTenant(tenantId?: string): Promise<void> {
    await this.#cache.forget(this.#scope(tenantId), [EVERYTHING]);
  }

  async #keep(
    key: string,
    value: unknown,
    versions: readonly TagVersion[],
    options: TenantCacheEntryOptions,
  ): Promise<void> {
    if (value !== undefined) await this.#cache.keep(key, { value, versions }, options.ttlMs);
  }

  #scope(named?: string): CacheScope {
    const tenantId = named === undefined ? currentContext()?.tenantId : this.#policy.trust(named);
    if (tenantId === undefined) throw new TenantContextMissingError();
    return new CacheScope(this.#options, tenantId);
  }
}
