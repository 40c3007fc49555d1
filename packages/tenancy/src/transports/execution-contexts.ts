import { createContext, type RequestContext, runWithContext } from '@nestarc/core';
import type { ExecutionContext } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { Identity } from '../edge/execution-edge';

/**
 * By the arguments of the execution: Nest 10, 11 and 12 make an execution context for the guards and another one for the
 * interceptors, around one and the same array.
 */
const contexts = new WeakMap<object, RequestContext>();

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
  contexts.set(execution.getArgs(), contextFor(identity));
}

/**
 * Gives what was kept for an execution.
 *
 * @param execution - what Nest is about to run
 */
export function rememberedContext(execution: ExecutionContext): RequestContext | undefined {
  return contexts.get(execution.getArgs());
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
