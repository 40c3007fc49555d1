import { amendContext, createContext, currentContext, type RequestContext, runWithContext } from '@nestarc/core';
import { randomUUID } from 'node:crypto';
import { type AuditState, auditStateOf, coreActorOf, NOTHING_SAID, statePatch } from './audit-state';

/**
 * Runs a function, and everything it starts, with another state, and with the actor that this names, or none.
 *
 * @param change - makes the state from that in force, and the request context
 * @param callback - the function
 */
export function runWithState<T>(
  change: (before: AuditState, context: RequestContext) => AuditState,
  callback: () => T,
): T {
  // Work outside of any request is a request of its own: its entries belong together.
  const context = currentContext() ?? createContext({ requestId: randomUUID() });
  const state = Object.freeze(change(auditStateOf(context) ?? NOTHING_SAID, context));
  const actor = coreActorOf(state.actor);
  return runWithContext(createContext({ ...context, ...statePatch(context, state), actor }), callback);
}

/**
 * Changes the state of the running request; does nothing outside of any.
 *
 * @param change - makes the state from that in force
 * @param namesActor - whether the request has the actor of the state, or none, from then on. Defaults to leaving it
 */
export function amendState(change: (before: AuditState) => AuditState, namesActor = false): void {
  const context = currentContext();
  if (context === undefined) return;
  const state = Object.freeze(change(auditStateOf(context) ?? NOTHING_SAID));
  const patch = statePatch(context, state);
  amendContext(namesActor ? { ...patch, actor: coreActorOf(state.actor) } : patch);
}
