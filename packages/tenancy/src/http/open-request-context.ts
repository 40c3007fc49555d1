import { createContext, runWithContext } from '@nestarc/core';
import type { HttpServer } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { TenancyRequest } from '../request/tenancy-request';
import { andThen, type Eventual } from '../resolution/eventual';

type Next = () => void;

interface FastifyInstance {
  addHook(name: 'onRequest', hook: (request: TenancyRequest, reply: object, next: Next) => void): void;
}

/** What is done with a request before it is routed; does not reject. */
type Preparation = (request: TenancyRequest) => Eventual<void>;

/**
 * Opens a request context around everything that handles an HTTP request: later middleware, guards, interceptors, the
 * handler. It is registered with the adapter itself, because the pattern for "every route" differs between the majors of
 * Nest. The body parsers of both adapters keep the async context of the request.
 *
 * @param adapter - the application's HTTP adapter
 * @param prepare - what is done with the request, in its context, before it is routed
 */
export function openRequestContext(adapter: HttpServer, prepare: Preparation): void {
  const open = (request: TenancyRequest, next: Next): void =>
    runWithContext(createContext({ requestId: randomUUID() }), () => {
      void andThen(prepare(request), next);
    });
  if (adapter.getType?.() === 'fastify') {
    const fastify = adapter.getInstance() as FastifyInstance;
    fastify.addHook('onRequest', (request, _reply, next) => open(request, next));
  } else {
    adapter.use?.((request: TenancyRequest, _response: object, next: Next) => open(request, next));
  }
}
