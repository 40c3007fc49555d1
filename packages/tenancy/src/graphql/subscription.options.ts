import { resolveOptions } from '@nestarc/core';
import { z } from 'zod';

/** Runs an operation, as `execute` and `subscribe` of the package `graphql` do. */
export type GraphqlExecutor = (args: never) => unknown;

/** Options of `tenantSubscriptions`. */
export interface TenantSubscriptionsOptions {
  /**
   * Makes headers of what the client sent when it connected; browsers cannot send headers with a WebSocket. What it gives is
   * added to the headers of the request that opened the WebSocket: a name that is there with another value is refused.
   * Defaults to none.
   *
   * @param connectionParams - the payload of `connection_init`: whatever the client likes
   */
  readonly headers?:
    ((connectionParams: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>) | undefined;
  /** Runs queries and mutations. Defaults to `execute` of the package `graphql`. */
  readonly execute?: GraphqlExecutor | undefined;
  /** Starts subscriptions. Defaults to `subscribe` of the package `graphql`. */
  readonly subscribe?: GraphqlExecutor | undefined;
}

const fn = <T>(): z.ZodOptional<z.ZodType<T>> =>
  z.custom<T>((value) => typeof value === 'function', 'expected a function').optional();

const schema = z.strictObject({
  headers: fn<NonNullable<TenantSubscriptionsOptions['headers']>>(),
  execute: fn<GraphqlExecutor>(),
  subscribe: fn<GraphqlExecutor>(),
});

/**
 * Validates the options.
 *
 * @param options - what the user passed
 * @throws InvalidOptionsError naming the path of every refused option
 */
export function resolveSubscriptionOptions(options: TenantSubscriptionsOptions): TenantSubscriptionsOptions {
  return resolveOptions('tenantSubscriptions', schema, options);
}
