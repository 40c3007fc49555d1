import { createContext, currentContext, type RequestContext, runWithContext } from '@nestarc/core';
import type { ExecutionContext } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { Identity } from '../edge/execution-edge';

/**
 * By the arguments of the execution: Nest 10, 11 and 12 make an execution context for the guards and another one for the
 * interceptors, around one and the same array.
 */
const contexts = new WeakMap<object, Remembered>();

/** What a handler is to run in, and what was open where that was decided. */
interface Remembered {
  readonly context: RequestContext;
  readonly around: RequestContext | undefined;
}

/**
 * Makes the context somebody's handler runs in, where none is open.
 *
 * @param identity - who it runs for
 */
export function contextFor({ tenantId, actor }: Identity): RequestContext {
  return createContext({
    requestId: randomUUID(),
    tenantId,
    actor,
    mode: tenantId === undefined ? 'bypass' : 'tenant',
  });
}

/**
 * Keeps who a handler runs for until it runs: what a guard opens would be closed by then.
 *
 * @param execution - what Nest is about to run
 * @param identity - who it runs for
 */
export function rememberContext(execution: ExecutionContext, identity: Identity): void {
  contexts.set(execution.getArgs(), { context: contextFor(identity), around: currentContext() });
}

/**
 * Gives what was kept for an execution. An interceptor that stands around, and has opened a context since, was right behind the
 * guards: what it has put there holds for the handler, too, but for the tenant.
 *
 * @param execution - what Nest is about to run
 */
export function rememberedContext(execution: ExecutionContext): RequestContext | undefined {
  const remembered = contexts.get(execution.getArgs());
  if (remembered === undefined) return undefined;
  const { context, around } = remembered;
  const opened = currentContext();
  if (opened === undefined || opened === around || opened === context) return context;
  const { requestId, settings, slots } = opened;
  return createContext({ ...context, requestId, settings, slots, actor: opened.actor ?? context.actor });
}

/**
 * Runs a callback as the handler will be run.
 *
 * @param execution - what Nest is about to run
 * @param callback - the callback
 */
export function withinRemembered<T>(execution: ExecutionContext, callback: () => T): T {
  const context = rememberedContext(execution);
  return context === undefined ? callback() : runWithContext(context, callback);
}
