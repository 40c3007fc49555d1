import type { TenancyRequest } from './tenancy-request';

/** RFC 9112 §3.2.2: clients may send the whole URL; Express and Fastify route by its path. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i;

/**
 * Reads the path of a request as it was sent: not decoded, without query, and whole even inside of a mounted router.
 *
 * @param request - the request
 * @returns the path, or `undefined` for a request that has none, such as a message
 */
export function requestPath(request: TenancyRequest): string | undefined {
  const url = request.originalUrl ?? request.url;
  if (url === undefined) return undefined;
  const target = url.startsWith('/') ? url : url.replace(ORIGIN, '');
  const end = target.search(/[?#]/);
  return end === -1 ? target : target.slice(0, end);
}
