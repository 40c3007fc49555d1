import {
  amendContext,
  bindContext,
  createContext,
  currentContext,
  type RequestContext,
  runWithContext,
} from '@nestarc/core';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Observable } from 'rxjs';
import type { AuditActor } from '../context/audit-actor';
import { type AuditState, auditStateOf, NOTHING_SAID, settledPatch } from '../context/audit-state';
import { actorRequestOf } from './actor-request';
import { handlerAudit, type HandlerAudit } from './handler-audit';
import { RequestScope } from './request-scope';

type Told = AuditActor | null | undefined;

/**
 * Finds out who acts, behind the guards and ahead of pipes and handler, and runs the handler as its decorators say. Stands around
 * all handlers unless `registerGlobalInterceptor` is false; gateways name it in `@UseInterceptors()`.
 */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  readonly #byHandler = new WeakMap<object, WeakMap<object, HandlerAudit>>();

  constructor(private readonly scope: RequestScope) {}

  /**
   * Runs the handler.
   *
   * @param execution - what Nest is about to run
   * @param next - runs it
   */
  intercept(
    execution: ExecutionContext,
    next: CallHandler<unknown>,
  ): Observable<unknown> | Promise<Observable<unknown>> {
    const isHttp = execution.getType() === 'http';
    const context = currentContext();
    const state = auditStateOf(context);
    // The middleware has left it alone, because its route is excluded.
    if (isHttp && state === undefined) return next.handle();
    const handler = this.#auditOf(execution);
    const run = (told: Told): Observable<unknown> => {
      const settled = settle(state ?? NOTHING_SAID, handler, told);
      // A request to a controller has one handler, whose context is that of the request.
      if (!isHttp || handler.isDecorated) return within(contextFor(context, settled), next);
      if (settled !== state && context !== undefined) amendContext(settledPatch(context, settled));
      return next.handle();
    };
    // Somebody has said who acts, in a guard; or there is nobody to ask.
    const isSettled = !this.scope.extraction.isPossible || (state !== undefined && state.source === undefined);
    if (isSettled) return run(state?.actor);
    const told = this.scope.extraction.ask(actorRequestOf(execution), execution);
    return told instanceof Promise ? told.then(run) : run(told);
  }

  /** Looked up once: what decorators say does not change. */
  #auditOf(execution: ExecutionContext): HandlerAudit {
    const controller = execution.getClass();
    const handler = execution.getHandler();
    let byHandler = this.#byHandler.get(controller);
    if (byHandler === undefined) this.#byHandler.set(controller, (byHandler = new WeakMap()));
    let known = byHandler.get(handler);
    if (known === undefined) byHandler.set(handler, (known = handlerAudit(controller, handler)));
    return known;
  }
}

function settle(state: AuditState, { isDecorated, noAudit, action, reason }: HandlerAudit, actor: Told): AuditState {
  if (!isDecorated && state.source === undefined && actor === state.actor) return state;
  return Object.freeze({
    ...state,
    actor,
    source: undefined,
    noAudit,
    actionOverride: action ?? state.actionOverride,
    reason: reason ?? state.reason,
  });
}

function contextFor(around: RequestContext | undefined, state: AuditState): RequestContext {
  const base = around ?? createContext({ requestId: randomUUID() });
  return createContext({ ...base, ...settledPatch(base, state) });
}

/** The pipes, the method, the subscription to its Observable, and the end of that. */
function within(context: RequestContext, next: CallHandler<unknown>): Observable<unknown> {
  return new Observable((subscriber) =>
    runWithContext(context, () => {
      // Handed over as it is, the subscriber would end the handler's subscription itself, outside of the context.
      const subscription = next.handle().subscribe({
        next: (value) => subscriber.next(value),
        error: (error) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
      return bindContext(() => subscription.unsubscribe());
    }),
  );
}
