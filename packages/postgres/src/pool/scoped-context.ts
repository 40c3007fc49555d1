import { createContext, currentContext, type RequestContext } from '@nestarc/core';

/** What happens to a statement without a tenant, outside of mode `bypass`. */
export type OnMissingTenant = 'refuse' | 'bypass';

/** Of statements that are let through although no context is open. */
export const NO_CONTEXT: RequestContext = createContext({ mode: 'bypass' });

/** The context of statements that set a new connection up; what they leave in its session is meant to last. */
export const SETUP_CONTEXT: RequestContext = createContext({ mode: 'bypass' });

/**
 * The context a statement issued now would carry: a context without a tenant counts as none, unless it is meant to have
 * none. Who acts, in which request, and the further settings of one that is let through stay.
 *
 * @param onMissingTenant - whether a missing tenant is let through as mode `bypass`
 */
export function scopedContext(onMissingTenant: OnMissingTenant): RequestContext | undefined {
  const context = currentContext();
  if (context?.mode === 'bypass' || context?.tenantId !== undefined) return context;
  if (onMissingTenant === 'refuse') return undefined;
  return context === undefined ? NO_CONTEXT : bypassing(context);
}

/** One for each context: statements are only merged within one. */
const bypassed = new WeakMap<RequestContext, RequestContext>();

function bypassing(context: RequestContext): RequestContext {
  let made = bypassed.get(context);
  if (made === undefined) bypassed.set(context, (made = createContext({ ...context, mode: 'bypass' })));
  return made;
}
