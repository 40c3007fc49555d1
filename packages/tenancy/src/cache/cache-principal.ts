import { type Actor, currentContext } from '@nestarc/core';
import type { TenancyRequest } from '../request/tenancy-request';
import type { IdentityBasis } from './identity-basis';
import type { ResolvedTenantCacheOptions } from './tenant-cache.options';

/** The principal of requests without credentials, where nobody is verified. */
export const ANONYMOUS = '';

/** A lone surrogate becomes the same replacement character in UTF-8, whichever it is: two ids would be one. */
const LONE_SURROGATE = /\p{Cs}/u;

type Rules = Pick<ResolvedTenantCacheOptions, 'principal' | 'credentialHeaders'>;

/**
 * Tells whose answers a request may be given, as text that is different for different principals.
 *
 * @param rules - how that is told
 * @param basis - how the application knows who asks
 * @param request - the request; absent for transports without one
 * @returns the principal, {@link ANONYMOUS} when nobody has to be known and the request shows no credentials at all, or
 *   `undefined` when nobody can tell who asks
 */
export async function principalOf(
  rules: Rules,
  basis: IdentityBasis,
  request: TenancyRequest | undefined,
): Promise<string | undefined> {
  const told = request === undefined ? undefined : asId(await rules.principal?.(request));
  if (told !== undefined) return `option ${told}`;
  const actor = currentContext()?.actor;
  const user = request?.user ?? undefined;
  if (actor !== undefined) return actingFor(actor, user);
  if (request === undefined || basis === 'evidence') return undefined;
  if (user === undefined) return basis === 'guard' || showsCredentials(rules, request) ? undefined : ANONYMOUS;
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

/** Somebody may act for another: the actor is then who they are, and the user whom a guard has made them. */
function actingFor({ type, id }: Actor, user: unknown): string | undefined {
  const actorId = asId(id);
  if (actorId === undefined || LONE_SURROGATE.test(type)) return undefined;
  const actor = `${type.length} ${type} ${actorId}`;
  if (user === undefined) return `actor ${actor}`;
  const asked = userId(user);
  return asked === undefined ? undefined : `acting ${asked.length} ${asked} ${actor}`;
}

function userId(user: unknown): string | undefined {
  if (typeof user !== 'object' || user === null) return undefined;
  const { id, sub } = user as { readonly id?: unknown; readonly sub?: unknown };
  return asId(id ?? sub);
}

function showsCredentials({ credentialHeaders }: Rules, { headers }: TenancyRequest): boolean {
  return credentialHeaders.some((name) => headers[name] !== undefined);
}
