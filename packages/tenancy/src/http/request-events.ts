import { bindContext } from '@nestarc/core';
import type { TenancyRequest } from '../request/tenancy-request';

/** A request or a response of Node. */
export interface EventSource {
  /**
   * Calls the listeners of an event.
   *
   * @param args - name of the event, and what listeners are told
   */
  emit: (this: EventSource, ...args: unknown[]) => boolean;
}

/**
 * Has the listeners of a request's or a response's events run in the current context. Node calls those of a body that
 * arrives, and of a connection that breaks, from the socket, where there is none: the end of an upload would be without a
 * tenant, and so would what an Observable does when its client hangs up.
 *
 * @param source - the request or the response
 */
export function keepContextInEvents(source: EventSource): void {
  source.emit = bindContext(source.emit);
}

/**
 * Tells whether a request comes with a body, so that there is anything to listen to (RFC 9112 §6.3).
 *
 * @param request - the request
 */
export function hasBody({ headers }: TenancyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}
