import { currentContext, runWithContext, type RequestContext } from '@nestarc/core';
import { isSameCaller, TenantSwitchInTransactionError, UnsupportedStatementError } from '@nestarc/postgres';
import type { ClientInternals, EngineRequest } from './client-internals';
import { isSameTenant } from './same-tenant';

/**
 * Keeps contexts apart where Prisma merges operations. Prisma collects the `findUnique` calls of one tick that look the
 * same into one statement, and everything it collected in a tick runs in the async context of the first caller: measured
 * on 7.10, tenant B was handed tenant A's rows. Here the context is part of the batch's key, so that calls of one context
 * still become one statement, and each batch runs in the context of its own callers.
 *
 * @param client - internals of the client
 */
export function separateBatchesByContext(client: ClientInternals): void {
  const { options } = client._requestHandler.dataloader;
  const { batchBy, singleLoader, batchLoader } = options;
  const contexts = new WeakMap<EngineRequest, RequestContext | undefined>();
  const contextOf = (request: EngineRequest | undefined): RequestContext | undefined =>
    request === undefined ? undefined : contexts.get(request);

  options.batchBy = (request) => {
    const key = batchBy(request);
    if (key === undefined) return key;
    const context = currentContext();
    // Also where there is none: a tick runs in the context of whoever spoke first in it.
    contexts.set(request, context);
    // The operations of an array transaction belong together by definition; whether they may is checked below.
    return request.transaction?.kind === 'batch' ? key : `${key}@${contextKey(context)}`;
  };

  // Prisma loads unmerged operations (no key) at once, in the caller's own context, and the others from a tick.
  options.singleLoader = (request) => {
    if (!contexts.has(request)) return singleLoader(request);
    return runWithContext(contextOf(request), () => singleLoader(request));
  };

  options.batchLoader = (requests) => {
    const context = contextOf(requests[0]);
    if (requests.some((request) => !isSameTenant(contextOf(request), context))) {
      return Promise.reject(new TenantSwitchInTransactionError());
    }
    if (requests.some((request) => !saysTheSame(contextOf(request), context))) {
      return Promise.reject(new UnsupportedStatementError(ONE_CONTEXT));
    }
    return runWithContext(context, () => batchLoader(requests));
  };
}

/** A member that lost its context goes on in that of the others. */
function saysTheSame(a: RequestContext | undefined, b: RequestContext | undefined): boolean {
  return sameSettings(a, b) && (a === undefined || b === undefined || isSameCaller(a, b));
}

function sameSettings(a: RequestContext | undefined, b: RequestContext | undefined): boolean {
  if (a?.settings === b?.settings) return true;
  const [one, other] = [Object.entries(a?.settings ?? {}), b?.settings ?? {}];
  return one.length === Object.keys(other).length && one.every(([name, value]) => other[name] === value);
}

/** Members of an array transaction are sent in the context of the first one. */
const ONE_CONTEXT =
  'The operations of $transaction([…]) run for one actor and with the same settings: use $transaction(async (tx) => …) where they differ';

let lastKey = 0;
const keys = new WeakMap<RequestContext, number>();

function contextKey(context: RequestContext | undefined): number {
  if (context === undefined) return 0;
  let key = keys.get(context);
  if (key === undefined) keys.set(context, (key = ++lastKey));
  return key;
}
