import { isNestarcError } from '@nestarc/core';
import { TenantProofUnavailableError } from '../errors/tenant-proof-unavailable.error';
import type { TenancyRequest } from '../request/tenancy-request';
import { settleWithin, TenantResolutionTimeoutError } from '../resolution/settle-within';
import type { JoseLibrary, KeyFinder } from './jose.library';
import type { JwtHeader, JwtKey, JwtKeyResolver } from './jwt-key';
import type { KeyOrigin } from './resolved-jwt-proof.options';

/**
 * Finds the key of a token.
 *
 * @param header - header of the token
 * @param request - the request it came with
 * @throws TenantProofUnavailableError when the keys cannot be had; anything else when there is no key for such a token
 */
export type KeySource = (header: JwtHeader, request: TenancyRequest) => Promise<JwtKey>;

/**
 * Makes what finds the keys of tokens.
 *
 * @param jose - the library
 * @param origin - where the keys come from
 */
export function keySourceOf(jose: JoseLibrary, origin: KeyOrigin): KeySource {
  switch (origin.kind) {
    case 'fixed':
      return () => Promise.resolve(origin.key);
    case 'remote':
      return remoteKeys(jose, origin);
    case 'resolver':
      return (header, request) => resolvedKey(origin.resolve, header, request);
  }
}

async function resolvedKey(resolve: JwtKeyResolver, header: JwtHeader, request: TenancyRequest): Promise<JwtKey> {
  let key: JwtKey | undefined;
  try {
    key = await resolve(header, request);
  } catch (error) {
    throw isNestarcError(error) ? error : new TenantProofUnavailableError(error);
  }
  if (typeof key !== 'object' || key === null) throw new TypeError('There is no key for this token');
  return key;
}

/** How long jose has beyond its own timeout, which in version 5 ends with the first byte of the answer. */
const GRACE_MS = 500;

function remoteKeys(jose: JoseLibrary, { uri, jwks }: Extract<KeyOrigin, { kind: 'remote' }>): KeySource {
  const { timeoutMs, cooldownMs, cacheMs } = jwks;
  const open = (): KeyFinder =>
    jose.createRemoteJWKSet(uri, {
      timeoutDuration: timeoutMs,
      cooldownDuration: cooldownMs,
      cacheMaxAge: cacheMs,
    });
  let find = open();
  return async (header) => {
    const asked = find;
    try {
      return await settleWithin('The fetch of the keys', asked(header), timeoutMs + GRACE_MS);
    } catch (error) {
      if (concernsToken(error)) throw error;
      // One that hangs would keep every later request waiting for the same answer.
      if (error instanceof TenantResolutionTimeoutError && find === asked) find = open();
      throw new TenantProofUnavailableError(error);
    }
  };
}

/** Errors of jose that mean that the keys could not be had; its others mean that none of them is for the token. */
const ABOUT_KEYS: readonly unknown[] = ['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC'];

function concernsToken(error: unknown): boolean {
  const code = (error as { readonly code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' && code.startsWith('ERR_J') && !ABOUT_KEYS.includes(code);
}
