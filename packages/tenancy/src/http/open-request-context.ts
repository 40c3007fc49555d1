import { bindContext, createContext, runWithContext } from '@nestarc/core';
import type { HttpServer } from '@nestjs/common';
import { randomUUID } from 'node:crypto';

type Done = () => void;

interface FastifyInstance {
  addHook(name: 'onRequest' | 'preValidation', hook: (request: object, reply: object, done: Done) => void): void;
}

const open = (next: Done): void => runWithContext(createContext({ requestId: randomUUID() }), next);

/**
 * Opens a request context around everything that handles an HTTP request: later middleware, guards, interceptors, the
 * handler. It is registered with the adapter itself, because the pattern for "every route" differs between the majors of
 * Nest.
 *
 * @param adapter - the application's HTTP adapter
 */
export function openRequestContext(adapter: HttpServer): void {
  if (adapter.getType?.() === 'fastify') openOnFastify(adapter.getInstance() as FastifyInstance);
  else adapter.use?.((_request: object, _response: object, next: Done) => open(next));
}

/**
 * Fastify parses the body between `onRequest` and `preValidation`, in events of the socket, which know nothing of the
 * request's async context; so the context is entered again behind the parser.
 */
function openOnFastify(fastify: FastifyInstance): void {
  const reenter = new WeakMap<object, (next: Done) => void>();
  fastify.addHook('onRequest', (request, _reply, done) =>
    open(() => {
      reenter.set(
        request,
        bindContext((next: Done) => next()),
      );
      done();
    }),
  );
  fastify.addHook('preValidation', (request, _reply, done) => {
    const enter = reenter.get(request);
    if (enter === undefined) open(done);
    else enter(done);
  });
}
