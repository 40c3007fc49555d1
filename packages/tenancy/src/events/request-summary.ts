import type { TenancyRequest } from '../request/tenancy-request';
import type { TenancyEventRequestSummary } from './tenancy-events';

/** Headers are the sender's to choose; an event is no place for a megabyte of them. */
const MAX_TEXT = 255;

/**
 * Tells of a request what a security log needs, and nothing that is secret: no query, no headers with credentials.
 *
 * @param request - the request
 */
export function summarizeRequest(request: TenancyRequest): TenancyEventRequestSummary {
  const { method, headers } = request;
  const path = (request.originalUrl ?? request.url)?.split(/[?#]/, 1)[0];
  const ip = request.ip ?? request.socket?.remoteAddress;
  const userAgent = textOf(headers['user-agent']);
  const host = textOf(headers['host']);
  return {
    ...(method === undefined ? {} : { method }),
    ...(path === undefined ? {} : { path: path.slice(0, MAX_TEXT) }),
    ...(ip === undefined ? {} : { ip }),
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(host === undefined ? {} : { host }),
  };
}

function textOf(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value.slice(0, MAX_TEXT) : undefined;
}
