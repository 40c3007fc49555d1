import { RepeatedHeaderError } from '../errors/repeated-header.error';
import { canonicalHost } from './host-name';
import { singleHeader } from './single-header';
import type { TenancyRequest } from './tenancy-request';

const FORWARDED = 'x-forwarded-host';

/** The host a request is for. */
export interface RequestHost {
  /** Name or IP address, in canonical form; absent when what was sent is neither. */
  readonly name: string | undefined;
}

/**
 * Reads the host a request is for: as the platform understood it, which honours `X-Forwarded-Host` only from proxies the
 * application trusts; else from the `Host` header.
 *
 * @param request - the request
 * @returns the host, or `undefined` for a request that has none, such as a message
 * @throws {@link RepeatedHeaderError} when the header that tells was sent more than once
 */
export function requestHost(request: TenancyRequest): RequestHost | undefined {
  const sent = singleHeader(request, 'host') ?? singleHeader(request, ':authority');
  const understood = request.hostname;
  if (understood === undefined || understood === '') {
    return sent === undefined ? undefined : { name: canonicalHost(sent) };
  }
  const name = canonicalHost(understood);
  const direct = sent === undefined ? undefined : canonicalHost(sent);
  if (name === direct) return { name };
  const forwarded = singleHeader(request, FORWARDED);
  // Of several, Express takes the first and Fastify the last, and a client can write all but one.
  if (forwarded?.includes(',') === true) throw new RepeatedHeaderError(FORWARDED);
  const source = forwarded ?? sent;
  // The platforms cut off whatever follows a colon, whether or not it is a port.
  return { name: source !== undefined && canonicalHost(source) === undefined ? undefined : name };
}
