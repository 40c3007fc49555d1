import { createContext, runWithContext } from '@nestarc/core';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import type { TenancyRequest } from '../request/tenancy-request';
import { runOperation } from './operation-scope';
import { isEvents, scopedEvents } from './scoped-events';
import { originOf, withHeaders } from './socket-request';
import {
  type GraphqlExecutor,
  resolveSubscriptionOptions,
  type TenantSubscriptionsOptions,
} from './subscription.options';

/** The part of the options of graphql-ws that {@link tenantSubscriptions} gives. */
export interface TenantSubscriptions {
  /** Runs queries and mutations. */
  readonly execute: (args: unknown) => Promise<never>;
  /** Starts subscriptions. */
  readonly subscribe: (args: unknown) => Promise<never>;
  /** Never set: Nest's type of the options names it, and not the two above, and takes no object without a known name. */
  readonly path?: never;
}

/** What a request looks like that GraphQL's context does not lead to: it names no tenant. */
const NO_REQUEST: TenancyRequest = Object.freeze({ headers: Object.freeze({}) });

/**
 * Runs each operation that comes over graphql-ws, and each event of a subscription, in a request context of its own, where
 * `TenancyGuard` puts the tenant: `subscriptions: { 'graphql-ws': tenantSubscriptions() }`. Events belong to the tenant of
 * the subscriber, whoever has published them. Other options of graphql-ws go beside it:
 * `{ path: '/live', ...tenantSubscriptions() }`.
 *
 * @param options - see {@link TenantSubscriptionsOptions}
 * @throws InvalidOptionsError naming the path of every refused option
 */
export function tenantSubscriptions(options: TenantSubscriptionsOptions = {}): TenantSubscriptions {
  const { headers, execute, subscribe } = resolveSubscriptionOptions(options);

  const requestOf = (contextValue: unknown): TenancyRequest => {
    const { request = NO_REQUEST, connectionParams } = originOf(contextValue);
    return headers === undefined ? request : withHeaders(request, headers(connectionParams));
  };

  const scoped =
    (run: GraphqlExecutor): ((args: unknown) => Promise<never>) =>
    async (args) => {
      const request = requestOf((args as { contextValue?: unknown }).contextValue);
      const context = createContext({ requestId: randomUUID() });
      const result = await runWithContext(context, () =>
        runOperation({ request }, async () => {
          const outcome = await run(args as never);
          return isEvents(outcome) ? scopedEvents(outcome) : outcome;
        }),
      );
      return result as never;
    };

  // The copy that Node gives Nest's drivers: a bundler or test runner would make an import another one, whose functions
  // refuse schemas of the first ("Duplicate graphql modules").
  const library = createRequire(__filename)('graphql') as Record<'execute' | 'subscribe', GraphqlExecutor>;
  return Object.freeze({
    execute: scoped(execute ?? library.execute),
    subscribe: scoped(subscribe ?? library.subscribe),
  });
}
