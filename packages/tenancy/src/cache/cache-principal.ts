import { currentContext } from '@nestarc/core';
import type { TenancyRequest } from '../request/tenancy-request';
import type { ResolvedTenantCacheOptions } from './tenant-cache.options';

/** The principal of requests without credentials. */
export const ANONYMOUS = '';

/** A lone surrogate becomes the same replacement character in UTF-8, whichever it is: two ids would be one. */
const LONE_SURROGATE = /\p{Cs}/u;

type Rules = Pick<ResolvedTenantCacheOptions, 'principal' | 'credentialHeaders'>;

/**
 * Tells whose answers a request may be given, as text that is different for different principals.
 *
 * @param rules - how that is told
 * @param request - the request; absent for transports without one
 * @returns the principal, {@link ANONYMOUS} when the request shows no credentials at all, or `undefined` when it does, or
 *   may, and nobody can tell whose they are
 */
export async function principalOf(rules: Rules, request: TenancyRequest | undefined): Promise<string | undefined> {
  const told = request === undefined ? undefined : asId(await rules.principal?.(request));
  if (told !== undefined) return `option ${told}`;
  const actor = currentContext()?.actor;
  if (actor !== undefined) {
    const id = asId(actor.id);
    return id === undefined || LONE_SURROGATE.test(actor.type)
      ? undefined
      : `actor ${actor.type.length} ${actor.type} ${id}`;
  }
  if (request === undefined) return undefined;
  const { user } = request;
  if (user === undefined || user === null) return showsCredentials(rules, request) ? undefined : ANONYMOUS;
  const id = userId(user);
  return id === undefined ? undefined : `user ${id}`;
}

/**
 * Gives an id as text, where it can be one. A number beyond what a double can tell apart cannot.
 *
 * @param id - text or number
 */
export function asId(id: unknown): string | undefined {
  if (typeof id === 'bigint' || Number.isSafeInteger(id)) return String(id);
  return typeof id === 'string' && id !== '' && !LONE_SURROGATE.test(id) ? id : undefined;
}

function userId(user: unknown): string | undefined {
  if (typeof user !== 'object' || user === null) return undefined;
  const { id, sub } = user as { readonly id?: unknown; readonly sub?: unknown };
  return asId(id ?? sub);
}

function showsCredentials({ credentialHeaders }: Rules, { headers }: TenancyRequest): boolean {
  return credentialHeaders.some((name) => headers[name] !== undefined);
}
