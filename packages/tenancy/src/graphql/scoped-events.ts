import { AsyncResource } from 'node:async_hooks';

/** What a subscription gives: results, one after the other. */
type Events = AsyncIterableIterator<unknown> & Partial<AsyncDisposable>;

/**
 * Tells the results of a subscription from the one result of a query, a mutation, or a refused subscription.
 *
 * @param value - what an executor gave
 */
export function isEvents(value: unknown): value is Events {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/**
 * Makes every event of a subscription be worked on where the subscription was started. The events are asked for by the
 * server's loop and brought about by publishers; the context of neither is the subscriber's.
 *
 * @param events - the events
 */
export function scopedEvents(events: Events): Events {
  const scope = new AsyncResource('TenantSubscription');
  const iterator = events[Symbol.asyncIterator]();
  const step = async (work: () => Promise<IteratorResult<unknown>>): Promise<IteratorResult<unknown>> =>
    scope.runInAsyncScope(work);
  const end = (value: unknown): Promise<IteratorResult<unknown>> => Promise.resolve({ done: true, value });
  return {
    next: () => step(() => iterator.next()),
    return: (value?: unknown) => step(() => iterator.return?.(value) ?? end(value)),
    throw: (error: unknown) => step(() => iterator.throw?.(error) ?? rethrow(error)),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

const rethrow = (error: unknown): never => {
  throw error;
};
