import { currentContext } from './context-store';
import { createContext, type RequestContext } from './request-context';

/** A place in the context where a package keeps a value of its own. */
export interface ContextSlot<T> {
  /** The key of the value in `RequestContext.slots`. */
  readonly key: symbol;
  /** The type of the value; never present at run time. */
  readonly _type?: T;
}

/**
 * Makes a slot. The same name is the same slot, in every copy of every package.
 *
 * @param name - unique name, such as `soft-delete:visibility`
 */
export function contextSlot<T>(name: string): ContextSlot<T> {
  return Object.freeze({ key: Symbol.for(`@nestarc/core:slot:${name}`) });
}

/**
 * Gives the value of a slot, or `undefined` where it has none.
 *
 * @param slot - the slot
 * @param context - the context to look in; defaults to the current one
 */
export function slotValue<T>(
  slot: ContextSlot<T>,
  context: RequestContext | undefined = currentContext(),
): T | undefined {
  return context?.slots?.[slot.key] as T | undefined;
}

/**
 * Gives a context with a value in a slot, all else as it was.
 *
 * @param context - the context to start from; `undefined` starts from one that knows nothing
 * @param slot - the slot
 * @param value - what it holds from then on; not copied
 */
export function withSlot<T>(context: RequestContext | undefined, slot: ContextSlot<T>, value: T): RequestContext {
  if (context !== undefined && slot.key in (context.slots ?? {}) && slotValue(slot, context) === value) return context;
  return createContext({ ...context, slots: { ...context?.slots, [slot.key]: value } });
}
