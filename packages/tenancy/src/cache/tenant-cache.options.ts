import { resolveOptions } from '@nestarc/core';
import { z } from 'zod';
import type { TenancyRequest } from '../request/tenancy-request';

/** Options of `TenantCacheModule`, `TenantCacheInterceptor` and `TenantCache`. */
export interface TenantCacheInterceptorOptions {
  /** What keys of one tenant begin with. Defaults to `tenant`. */
  readonly tenantPrefix?: string | undefined;
  /** What keys that all tenants share begin with. Defaults to `shared`. */
  readonly sharedPrefix?: string | undefined;
  /** What stands between the parts of a key: up to eight characters that are neither letters nor digits. Defaults to `:`. */
  readonly separator?: string | undefined;
  /** Writes SHA-256 hashes in place of the ids of tenants and principals. Defaults to false. */
  readonly hashTenantId?: boolean | undefined;
  /**
   * Tells who asks. Where it tells nothing, and by default, that is the actor of the request's context, along with
   * `request.user.id` (or `sub`) where there is a user, too; and the user alone where `TenancyModule` has no proof. A
   * request of which neither tells is not cached, unless nobody is verified and no credentials are shown.
   *
   * @param request - the request, of Express or Fastify
   */
  principal?(request: TenancyRequest): string | undefined | Promise<string | undefined>;
  /**
   * Tells the version of what the principal may see, such as of their roles: with another one, answers that were cached
   * before are not found. A request for which it tells nothing is not cached. Defaults to none.
   *
   * @param request - the request, of Express or Fastify
   */
  version?(request: TenancyRequest): string | undefined | Promise<string | undefined>;
  /**
   * Headers that mean somebody in particular is asking, where `TenancyModule` has no proof, membership or cross-check: when
   * one is sent and nobody could tell who, the answer is not cached. Defaults to `authorization`, `cookie` and `x-api-key`.
   */
  readonly credentialHeaders?: readonly string[] | undefined;
  /** How long an invalidation is remembered, in milliseconds; no answer is cached longer. Defaults to one day. */
  readonly versionTtlMs?: number | undefined;
  /** How long the store may take, in milliseconds, before a request is served without it. Defaults to 1,000. */
  readonly storeTimeoutMs?: number | undefined;
}

/** The options with their defaults filled in. */
export interface ResolvedTenantCacheOptions {
  /** What keys of one tenant begin with. */
  readonly tenantPrefix: string;
  /** What keys that all tenants share begin with. */
  readonly sharedPrefix: string;
  /** What stands between the parts of a key. */
  readonly separator: string;
  /** Writes hashes in place of ids. */
  readonly hashTenantId: boolean;
  /** Tells who asks. */
  readonly principal?: TenantCacheInterceptorOptions['principal'];
  /** Tells the version of what the principal may see. */
  readonly version?: TenantCacheInterceptorOptions['version'];
  /** Headers that mean somebody in particular is asking, in lower case. */
  readonly credentialHeaders: readonly string[];
  /** How long an invalidation is remembered. */
  readonly versionTtlMs: number;
  /** How long the store may take. */
  readonly storeTimeoutMs: number;
}

/** Longest time a timer of Node waits. */
const MAX_TIMEOUT = 2_147_483_647;

const fn = <T>(): z.ZodOptional<z.ZodType<T>> =>
  z.custom<T>((value) => typeof value === 'function', 'expected a function').optional();

const milliseconds = z.number().int().min(1).max(MAX_TIMEOUT);

const schema = z
  .strictObject({
    tenantPrefix: z.string().min(1).default('tenant'),
    sharedPrefix: z.string().min(1).default('shared'),
    // A digit would run into the lengths before it, and two keys could read alike.
    separator: z
      .string()
      .regex(/^[^\p{L}\p{N}\p{Cs}]{1,8}$/u, 'expected 1 to 8 characters that are neither letters nor digits')
      .default(':'),
    hashTenantId: z.boolean().default(false),
    principal: fn<NonNullable<TenantCacheInterceptorOptions['principal']>>(),
    version: fn<NonNullable<TenantCacheInterceptorOptions['version']>>(),
    credentialHeaders: z
      .array(
        z
          .string()
          .min(1)
          .transform((name) => name.toLowerCase()),
      )
      .default(['authorization', 'cookie', 'x-api-key']),
    versionTtlMs: milliseconds.default(86_400_000),
    storeTimeoutMs: milliseconds.default(1_000),
  })
  .refine(({ tenantPrefix, sharedPrefix, separator }) => areApart(tenantPrefix + separator, sharedPrefix + separator), {
    path: ['sharedPrefix'],
    message: 'expected a prefix that keys of a tenant cannot begin with',
  });

/**
 * Validates the options and fills in the defaults.
 *
 * @param options - what the user passed
 * @throws InvalidOptionsError naming the path of every refused option
 */
export function resolveTenantCacheOptions(options: TenantCacheInterceptorOptions = {}): ResolvedTenantCacheOptions {
  return resolveOptions('TenantCacheModule', schema, options);
}

function areApart(one: string, other: string): boolean {
  return !one.startsWith(other) && !other.startsWith(one);
}
