import type { TenancyRequest } from '../request/tenancy-request';

type Shape = Readonly<Record<string, unknown>>;

/** What the client said when it opened the WebSocket, and the request it opened it with. */
export interface SocketOrigin {
  /** The request; absent where GraphQL's context does not lead to it. */
  readonly request: TenancyRequest | undefined;
  /** The payload of `connection_init`. */
  readonly connectionParams: Shape;
}

const isShape = (value: unknown): value is Shape => typeof value === 'object' && value !== null;

const isRequest = (value: unknown): value is TenancyRequest & Shape => isShape(value) && isShape(value['headers']);

const part = (value: unknown, ...keys: readonly string[]): unknown =>
  keys.reduce<unknown>((inner, key) => (isShape(inner) ? inner[key] : undefined), value);

/**
 * Finds out where an operation over a WebSocket came from. Nest puts the context of graphql-ws into `req`, unless the
 * application's own `context` function has put something there.
 *
 * @param contextValue - GraphQL's context
 */
export function originOf(contextValue: unknown): SocketOrigin {
  const request = [
    part(contextValue, 'req', 'extra', 'request'),
    part(contextValue, 'extra', 'request'),
    part(contextValue, 'req'),
    part(contextValue, 'request'),
  ].find(isRequest);
  const params = [part(contextValue, 'req', 'connectionParams'), part(contextValue, 'connectionParams')].find(isShape);
  return { request, connectionParams: params ?? {} };
}

/**
 * Adds headers to those of a request. One that the request has, too, with another value becomes a list, which
 * `singleHeader` refuses: what a proxy has written is not for the client to overrule.
 *
 * @param request - the request that opened the WebSocket
 * @param added - headers by name; what is no text is left out
 */
export function withHeaders(request: TenancyRequest, added: Readonly<Record<string, unknown>>): TenancyRequest {
  const headers: Record<string, string | string[] | undefined> = { ...request.headers };
  for (const [name, value] of Object.entries(added)) {
    if (typeof value !== 'string' || value === '') continue;
    const key = name.toLowerCase();
    const sent = headers[key];
    headers[key] = sent === undefined || sent === value ? value : [sent, value].flat();
  }
  const { rawHeaders = [], method, url, socket } = request;
  return {
    headers,
    rawHeaders,
    ...(method === undefined ? {} : { method }),
    ...(url === undefined ? {} : { url }),
    ...(socket === undefined ? {} : { socket }),
  };
}
