import type { RequestContext } from '@nestarc/core';

/**
 * Tells whether two contexts name the same request and the same actor, as the settings that carry a context do.
 *
 * @param one - the one
 * @param other - the other
 */
export function isSameCaller(one: RequestContext | undefined, other: RequestContext): boolean {
  if (one === other) return true;
  if (one === undefined || one.requestId !== other.requestId) return false;
  return one.actor?.id === other.actor?.id && one.actor?.type === other.actor?.type;
}
