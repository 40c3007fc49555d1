import { createHash } from 'node:crypto';
import type { ResolvedTenantCacheOptions } from './tenant-cache.options';

/** Whose answers a key is about. */
export interface CacheAudience {
  /** The tenant; absent for what all tenants share. */
  readonly tenantId?: string | undefined;
  /** Who asks; `''` is anybody without credentials, absent is everybody. */
  readonly principal?: string | undefined;
  /** Version of what the principal may see. */
  readonly version?: string | undefined;
}

/** What keys are made of. */
type KeyShape = Pick<ResolvedTenantCacheOptions, 'tenantPrefix' | 'sharedPrefix' | 'separator' | 'hashTenantId'>;

/** Tag of everything a tenant has in the cache; no tag of the user's is empty. */
export const EVERYTHING = '';

/**
 * Makes the keys of one tenant, or of what all tenants share. No two different things have one key, whatever characters
 * ids and keys consist of: each id goes behind its length (a hash has always the same one), the words between are never
 * the beginning of one another, and what the user or the URL contributes comes last.
 */
export class CacheScope {
  readonly #shape: KeyShape;
  readonly #root: string;

  /**
   * @param shape - what keys are made of
   * @param tenantId - the tenant; without one, what all tenants share
   */
  constructor(
    shape: KeyShape,
    readonly tenantId: string | undefined,
  ) {
    this.#shape = shape;
    this.#root = tenantId === undefined ? shape.sharedPrefix : this.#join(shape.tenantPrefix, this.#id(tenantId));
  }

  /**
   * Key of an answer.
   *
   * @param audience - who may have it
   * @param method - method of the request; empty for other transports
   * @param base - what was asked for: a URL, or a key that the application chose
   * @param route - handler that answers the URL; absent for a key that the application chose
   */
  answerKey(audience: Omit<CacheAudience, 'tenantId'>, method: string, base: string, route?: string): string {
    const { principal, version } = audience;
    const whose = principal === undefined ? 'all' : this.#join('principal', this.#id(principal));
    const which = version === undefined ? 'any' : this.#join('version', this.#id(version));
    const what = route === undefined ? 'key' : this.#join('route', String(route.length), route);
    return this.#join(this.#root, 'answer', whose, which, method, what, base);
  }

  /**
   * Key of a value that the application caches by itself.
   *
   * @param key - the application's key
   */
  valueKey(key: string): string {
    return this.#join(this.#root, 'value', key);
  }

  /**
   * Key of the version of a tag.
   *
   * @param tag - the tag
   */
  versionKey(tag: string): string {
    return this.#join(this.#root, 'tag', tag);
  }

  /** Tags that everything in the scope has. */
  get standingTags(): readonly string[] {
    return this.tenantId === undefined ? [] : [EVERYTHING];
  }

  #id(id: string): string {
    if (this.#shape.hashTenantId) return createHash('sha256').update(id).digest('hex');
    return this.#join(String(id.length), id);
  }

  #join(...parts: readonly string[]): string {
    return parts.join(this.#shape.separator);
  }
}
