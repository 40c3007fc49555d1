import { createContext, runWithContext } from '@nestarc/core';
import type { HttpServer } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { TenancyRequest } from '../request/tenancy-request';
import { andThen, type Eventual } from '../resolution/eventual';
import {
  type EventSource,
  hasBody,
  keepContextInEvents,
  keepContextInEventsOfAll,
  rememberContext,
} from './request-events';

type Next = () => void;

interface FastifyMessage {
  readonly raw: EventSource;
}

interface FastifyInstance {
  addHook(
    name: 'onRequest',
    hook: (request: TenancyRequest & FastifyMessage, reply: FastifyMessage, next: Next) => void,
  ): void;
}

interface ExpressApplication {
  /** The prototype of its responses. */
  readonly response: EventSource;
}

/** What is done with a request before it is routed; does not reject. */
type Preparation = (request: TenancyRequest) => Eventual<void>;

/**
 * Opens a request context around everything that handles an HTTP request: later middleware, guards, interceptors, the
 * handler, the listeners of its streams. It is registered with the adapter itself, because the pattern for "every route"
 * differs between the majors of Nest. The body parsers of both adapters keep the async context of the request.
 *
 * @param adapter - the application's HTTP adapter
 * @param prepare - what is done with the request, in its context, before it is routed
 */
export function openRequestContext(adapter: HttpServer, prepare: Preparation): void {
  const isFastify = adapter.getType?.() === 'fastify';
  const express = isFastify ? undefined : (adapter.getInstance() as Partial<ExpressApplication>);
  if (express?.response !== undefined) keepContextInEventsOfAll(express.response);
  const keepContext = express?.response === undefined ? keepContextInEvents : rememberContext;
  const open = (request: TenancyRequest, incoming: EventSource, outgoing: EventSource, next: Next): void =>
    runWithContext(createContext({ requestId: randomUUID() }), () => {
      if (hasBody(request)) keepContextInEvents(incoming);
      keepContext(outgoing);
      void andThen(prepare(request), next);
    });
  if (isFastify) {
    const fastify = adapter.getInstance() as FastifyInstance;
    fastify.addHook('onRequest', (request, reply, next) => open(request, request.raw, reply.raw, next));
  } else {
    adapter.use?.((request: TenancyRequest & EventSource, response: EventSource, next: Next) =>
      open(request, request, response, next),
    );
  }
}
