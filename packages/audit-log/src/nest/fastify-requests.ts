import { currentContext } from '@nestarc/core';
import type { HttpServer } from '@nestjs/common';
import { type AuditState, auditStateOf } from '../context/audit-state';
import { RequestActor } from './request-actor';
import type { RequestScope } from './request-scope';

interface FastifyInstance {
  addHook(name: 'onRequest', hook: (request: { readonly raw: object }, reply: object, next: () => void) => void): void;
}

const STATE = Symbol('audit state');

interface Remembering {
  [STATE]?: AuditState;
}

/**
 * Keeps the state of a request by the request of Node.
 *
 * @param raw - the request
 * @param state - its state
 */
export function rememberRequest(raw: object, state: AuditState): void {
  (raw as Remembering)[STATE] = state;
}

/**
 * Goes on with what middleware has begun. Nest's middleware is given the request of Node, on which no guard leaves a user; and it
 * runs ahead of the hooks of Fastify, of which one may have opened another context in the meantime.
 *
 * @param adapter - the application's HTTP adapter; does nothing where that is not Fastify
 * @param scope - opens states
 */
export function followFastifyRequests(adapter: HttpServer | undefined, scope: RequestScope): void {
  if (adapter?.getType?.() !== 'fastify') return;
  (adapter.getInstance() as FastifyInstance).addHook('onRequest', (request, _reply, next) => {
    const state = (request.raw as Remembering)[STATE];
    if (state === undefined) return next();
    if (state.source instanceof RequestActor) state.source.request = request;
    if (auditStateOf(currentContext()) === undefined) scope.open(state, next);
    else next();
  });
}
