/**
 * The part of a request that extractors and proofs read. For HTTP it is the platform's own request, of Express or
 * Fastify; for a WebSocket the request that opened it; for a message an object with the message's headers.
 */
export interface TenancyRequest {
  /** Header values by lower-case name. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Names and values in turn, as they were sent; tells a header that came twice from one with a comma in it. */
  readonly rawHeaders?: readonly string[];
  /** The request of Node, where the platform wraps it, as Fastify does. */
  readonly raw?: { readonly rawHeaders?: readonly string[] };
  /** Method, such as `GET`. */
  readonly method?: string;
  /** Path and query; Express rewrites it inside of mounted routers. */
  readonly url?: string;
  /** Path and query as they were sent. */
  readonly originalUrl?: string;
  /** Host without port, as the platform understood it: it looks at `X-Forwarded-Host` only where it trusts the proxy. */
  readonly hostname?: string;
  /** Address of the client, as the platform understood it. */
  readonly ip?: string;
  /** The connection. */
  readonly socket?: { readonly remoteAddress?: string | undefined };
  /** What an authentication guard left. */
  readonly user?: unknown;
}

/** The platform's own response, for hooks that answer by themselves: Express's `Response` or Fastify's `FastifyReply`. */
export interface TenancyResponse {
  /** Whether an answer has begun, on Express. */
  readonly headersSent?: boolean;
  /** Whether an answer has begun, on Fastify. */
  readonly sent?: boolean;
}
