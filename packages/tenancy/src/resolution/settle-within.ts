import { NestarcError } from '@nestarc/core';
import type { Eventual } from './eventual';

/** Thrown when an extractor, a proof or a hook does not come to an end in time. */
export class TenantResolutionTimeoutError extends NestarcError {
  /**
   * @param what - what took too long
   * @param timeoutMs - how long it had, in milliseconds
   */
  constructor(what: string, timeoutMs: number) {
    super(`${what} did not settle within ${timeoutMs} ms`, { code: 'TENANT_RESOLUTION_TIMEOUT', status: 503 });
  }
}

/**
 * Waits for code of the application, but not for ever: a promise that never settles would leave the request hanging.
 *
 * @param what - what is waited for, for the error
 * @param value - the value, or the promise of one
 * @param timeoutMs - how long to wait, in milliseconds
 * @throws {@link TenantResolutionTimeoutError} when it takes longer
 */
export function settleWithin<T>(what: string, value: T | PromiseLike<T>, timeoutMs: number): Eventual<T> {
  if (!isThenable(value)) return value;
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => reject(new TenantResolutionTimeoutError(what, timeoutMs)), timeoutMs);
    // Through a promise of our own: a foreign then() may return nothing, or call back twice.
    void Promise.resolve(value)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}

function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
