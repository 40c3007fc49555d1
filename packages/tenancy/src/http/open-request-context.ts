import { createContext, runWithContext } from '@nestarc/core';
import type { HttpServer } from '@nestjs/common';
import { randomUUID } from 'node:crypto';

type Next = () => void;

interface FastifyInstance {
  addHook(name: 'onRequest', hook: (request: object, reply: object, next: Next) => void): void;
}

const open = (next: Next): void => runWithContext(createContext({ requestId: randomUUID() }), next);

/**
 * Opens a request context around everything that handles an HTTP request: later middleware, guards, interceptors, the
 * handler. It is registered with the adapter itself, because the pattern for "every route" differs between the majors of
 * Nest. The body parsers of both adapters keep the async context of the request.
 *
 * @param adapter - the application's HTTP adapter
 */
export function openRequestContext(adapter: HttpServer): void {
  if (adapter.getType?.() === 'fastify') {
    const fastify = adapter.getInstance() as FastifyInstance;
    fastify.addHook('onRequest', (_request, _reply, next) => open(next));
  } else {
    adapter.use?.((_request: object, _response: object, next: Next) => open(next));
  }
}
