import { contextSlot, currentContext, runWithContext, slotValue, withSlot } from '@nestarc/core';
import { type VisibilityChange, VisibilityState } from './visibility';

/**
 * Kept in the request context, not in a storage of its own: an operation is bound to the context it is called in, and so to
 * what was said about deleted rows there, whoever awaits it; and calls of one tick that see different rows stay apart.
 */
const SLOT = contextSlot<VisibilityState>('soft-delete');

const NOTHING_SAID = new VisibilityState();

/** Gives what the code that runs now has said about deleted rows. */
export function currentVisibility(): VisibilityState {
  return slotValue(SLOT) ?? NOTHING_SAID;
}

/** Tells who acts, null when it does not know. Asked when rows are deleted, not before: guards may have told by then. */
export type ActorSource = () => string | null;

const ACTOR_SOURCE = contextSlot<ActorSource>('soft-delete:actor');

/** Gives who deletes: who was named for it, whom the source of the request names, or the actor of the request. */
export function currentActorId(): string | null {
  const { actorId } = currentVisibility();
  if (actorId !== undefined) return actorId;
  return slotValue(ACTOR_SOURCE)?.() ?? currentContext()?.actor?.id ?? null;
}

/**
 * Runs a function, and everything it starts, with somebody who can tell who acts.
 *
 * @param source - tells
 * @param callback - the function
 */
export function runWithActorSource<T>(source: ActorSource, callback: () => T): T {
  return runWithContext(withSlot(currentContext(), ACTOR_SOURCE, source), callback);
}

/**
 * Runs a function, and everything it starts, with something said about deleted rows, in place of what was said before.
 *
 * @param visibility - what is said
 * @param callback - the function
 */
export function runWithVisibility<T>(visibility: VisibilityState, callback: () => T): T {
  return runWithContext(withSlot(currentContext(), SLOT, visibility), callback);
}

/**
 * Runs a function, and everything it starts, with something said about deleted rows in addition.
 *
 * @param changes - what is said, the last word last
 * @param callback - the function
 */
export function runWithChanges<T>(changes: readonly VisibilityChange[], callback: () => T): T {
  const visibility = changes.reduce((said, change) => said.with(change), currentVisibility());
  return runWithVisibility(visibility, callback);
}
