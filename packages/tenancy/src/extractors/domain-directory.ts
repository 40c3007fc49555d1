import { createContext, runWithContext } from '@nestarc/core';
import { LRUCache } from 'lru-cache';
import { TenantLookupFailedError } from '../errors/tenant-lookup-failed.error';
import { settleWithin } from '../resolution/settle-within';
import type { TenantDomainLookup } from './tenant-domain-lookup';

/** How the answers of a {@link TenantDomainLookup} are kept. */
export interface DomainCacheOptions {
  /** How long an answer is good, in milliseconds; 0 asks each time. Defaults to 30000. */
  readonly ttlMs?: number | undefined;
  /** How many domains are kept, and as many hosts that are nobody's. Defaults to 10000. */
  readonly maxEntries?: number | undefined;
  /** How long the lookup may take, in milliseconds. Defaults to 5000. */
  readonly timeoutMs?: number | undefined;
}

/** The options as the directory works with them. */
export type ResolvedDomainCacheOptions = { readonly [K in keyof DomainCacheOptions]-?: number };

/** Asks a {@link TenantDomainLookup}, and keeps its answers for a while. Failures are not kept. */
export class DomainDirectory {
  readonly #lookup: TenantDomainLookup;
  readonly #timeoutMs: number;
  readonly #tenants: LRUCache<string, string> | undefined;
  /** Apart from the tenants: whoever asks for made-up hosts would push them out. */
  readonly #strangers: LRUCache<string, true> | undefined;
  readonly #pending = new Map<string, Promise<string | null>>();

  constructor(lookup: TenantDomainLookup, options: ResolvedDomainCacheOptions) {
    const { ttlMs: ttl, maxEntries: max } = options;
    this.#lookup = lookup;
    this.#timeoutMs = options.timeoutMs;
    this.#tenants = ttl === 0 ? undefined : new LRUCache({ max, ttl });
    this.#strangers = ttl === 0 ? undefined : new LRUCache({ max, ttl });
  }

  /**
   * Finds the tenant of a host. However many ask at once, the lookup is asked once.
   *
   * @param host - canonical host
   * @throws TenantLookupFailedError when the lookup fails, or takes too long
   */
  find(host: string): string | null | Promise<string | null> {
    const tenantId = this.#tenants?.get(host);
    if (tenantId !== undefined) return tenantId;
    return this.#strangers?.has(host) === true ? null : (this.#pending.get(host) ?? this.#ask(host));
  }

  /**
   * Forgets what is known of a host; an answer that is under way is not kept either.
   *
   * @param host - canonical host
   */
  forget(host: string): void {
    this.#tenants?.delete(host);
    this.#strangers?.delete(host);
    this.#pending.delete(host);
  }

  #ask(host: string): Promise<string | null> {
    const answer: Promise<string | null> = this.#answerOf(host)
      .then((tenantId) => {
        if (this.#pending.get(host) === answer) this.#keep(host, tenantId);
        return tenantId;
      })
      .finally(() => {
        if (this.#pending.get(host) === answer) this.#pending.delete(host);
      });
    this.#pending.set(host, answer);
    return answer;
  }

  async #answerOf(host: string): Promise<string | null> {
    const ask = async (): Promise<unknown> => await this.#lookup.findTenantByDomain(host);
    try {
      const context = createContext({ mode: 'bypass' });
      const tenantId =
        (await settleWithin('findTenantByDomain()', runWithContext(context, ask), this.#timeoutMs)) ?? null;
      if (tenantId === null || (typeof tenantId === 'string' && tenantId !== '')) return tenantId;
      throw new TypeError('findTenantByDomain() gave neither a tenant id nor null');
    } catch (cause) {
      throw new TenantLookupFailedError(cause);
    }
  }

  #keep(host: string, tenantId: string | null): void {
    if (tenantId === null) this.#strangers?.set(host, true);
    else this.#tenants?.set(host, tenantId);
  }
}
