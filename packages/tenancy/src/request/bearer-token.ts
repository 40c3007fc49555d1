import { singleHeader } from './single-header';
import type { TenancyRequest } from './tenancy-request';

/** Longer tokens are not looked at: no identity provider issues them, and Node takes 16 KiB of headers in all. */
export const MAX_TOKEN_LENGTH = 8192;

/** RFC 6750: the scheme in any case, and what follows it. */
const BEARER = /^bearer +(.+)$/i;

/**
 * Reads a bearer token.
 *
 * @param request - the request
 * @param header - name of the header, in lower case. Defaults to `authorization`
 * @returns what was sent as the token, or `undefined` when there is no such header or it is of another scheme
 * @throws RepeatedHeaderError when the header was sent more than once
 */
export function bearerToken(request: TenancyRequest, header = 'authorization'): string | undefined {
  const value = singleHeader(request, header);
  return value === undefined ? undefined : BEARER.exec(value)?.[1];
}
