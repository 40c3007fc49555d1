import { resolveOptions } from '@nestarc/core';
import { z } from 'zod';
import { UnknownHostError } from '../errors/unknown-host.error';
import { canonicalHost, isHostName, isLabel } from '../request/host-name';
import { requestHost } from '../request/request-host';
import type { TenancyRequest } from '../request/tenancy-request';
import { type DomainCacheOptions, DomainDirectory } from './domain-directory';
import type { TenantDomainLookup } from './tenant-domain-lookup';
import type { TenantExtractor } from './tenant-extractor';

/** Options of {@link SubdomainTenantExtractor}. */
export interface SubdomainExtractorOptions {
  /**
   * Domains whose subdomains are tenants: with `app.example.com`, the host `acme.app.example.com` is that of the tenant
   * `acme`. Required unless `domains` is given.
   */
  readonly baseDomains?: readonly string[] | undefined;
  /** Subdomains that are no tenants. Defaults to `['www']`; a list that is given takes its place. */
  readonly excludeSubdomains?: readonly string[] | undefined;
  /** Knows the tenants of all other hosts. Defaults to none: they are unknown. */
  readonly domains?: TenantDomainLookup | undefined;
  /** How the answers of `domains` are kept. */
  readonly domainCache?: DomainCacheOptions | undefined;
  /**
   * What becomes of a request for an unknown host: `refuse` answers 404, `ignore` lets the next extractor of a
   * `CompositeTenantExtractor` look. Defaults to `refuse`.
   */
  readonly unknownHost?: 'refuse' | 'ignore' | undefined;
}

const inLowerCase = (text: string): string => text.toLowerCase();
const domain = z
  .string()
  .refine(isHostName, 'expected a domain such as "app.example.com", in punycode, without scheme and port')
  .transform(inLowerCase);
const label = z
  .string()
  .refine((text) => isLabel(text.toLowerCase()), 'expected one label, such as "www"')
  .transform(inLowerCase);
const milliseconds = z.number().int().max(2_147_483_647);

const schema = z
  .strictObject({
    baseDomains: z.array(domain).default([]),
    excludeSubdomains: z.array(label).default(['www']),
    domains: z
      .custom<TenantDomainLookup>(
        (value) =>
          typeof value === 'object' && typeof (value as TenantDomainLookup | null)?.findTenantByDomain === 'function',
        'expected an object with a method findTenantByDomain()',
      )
      .optional(),
    domainCache: z
      .strictObject({
        ttlMs: milliseconds.min(0).default(30_000),
        maxEntries: z.number().int().min(1).max(1_000_000).default(10_000),
        timeoutMs: milliseconds.min(1).default(5000),
      })
      .prefault({}),
    unknownHost: z.enum(['refuse', 'ignore']).default('refuse'),
  })
  .refine(({ baseDomains, domains }) => baseDomains.length > 0 || domains !== undefined, {
    path: ['baseDomains'],
    message: 'expected at least one domain: without it any host would do, such as "acme.attacker.example"',
  });

/** Reads the tenant from the host a request is for: a subdomain of a base domain, or a tenant's own domain. */
export class SubdomainTenantExtractor implements TenantExtractor {
  /** The request alone tells. */
  readonly needs = 'request';
  readonly #baseDomains: readonly string[];
  readonly #excluded: ReadonlySet<string>;
  readonly #directory: DomainDirectory | undefined;
  readonly #refuse: boolean;

  /**
   * @param options - see {@link SubdomainExtractorOptions}
   * @throws InvalidOptionsError naming the path of every refused option
   */
  constructor(options: SubdomainExtractorOptions) {
    const resolved = resolveOptions('SubdomainTenantExtractor', schema, options);
    this.#baseDomains = resolved.baseDomains;
    this.#excluded = new Set(resolved.excludeSubdomains);
    this.#directory =
      resolved.domains === undefined ? undefined : new DomainDirectory(resolved.domains, resolved.domainCache);
    this.#refuse = resolved.unknownHost === 'refuse';
  }

  /**
   * Reads the host.
   *
   * @param request - the request
   * @returns the tenant; `null` for a base domain itself, an excluded subdomain, and a request without a host
   * @throws UnknownHostError for every other host, unless `unknownHost` is `ignore`
   * @throws RepeatedHeaderError when the host was sent more than once
   * @throws TenantLookupFailedError when `domains` does not answer
   */
  extract(request: TenancyRequest): string | null | Promise<string | null> {
    const host = requestHost(request);
    if (host === undefined) return null;
    if (host.name === undefined) return this.#unknown();
    const known = this.#subdomainOf(host.name);
    return known === undefined ? this.#customDomain(host.name) : known;
  }

  /**
   * Forgets what is known of a host, so that `domains` is asked again: call it when a domain was verified, or given up.
   *
   * @param host - the host, in any spelling
   */
  forget(host: string): void {
    const canonical = canonicalHost(host);
    if (canonical !== undefined) this.#directory?.forget(canonical);
  }

  #subdomainOf(host: string): string | null | undefined {
    if (this.#baseDomains.includes(host)) return null;
    const dot = host.indexOf('.');
    if (dot === -1 || !this.#baseDomains.includes(host.slice(dot + 1))) return undefined;
    const subdomain = host.slice(0, dot);
    return this.#excluded.has(subdomain) ? null : subdomain;
  }

  #customDomain(host: string): string | null | Promise<string | null> {
    const found = this.#directory?.find(host) ?? null;
    if (typeof found === 'string') return found;
    return found === null ? this.#unknown() : found.then((tenantId) => tenantId ?? this.#unknown());
  }

  #unknown(): null {
    if (this.#refuse) throw new UnknownHostError();
    return null;
  }
}
