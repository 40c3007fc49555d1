import { AsyncLocalStorage } from 'node:async_hooks';
import type { TenancyRequest } from '../request/tenancy-request';

/** An operation that came over a WebSocket. */
export interface SocketOperation {
  /** The request that opened the WebSocket. */
  readonly request: TenancyRequest;
}

/** Holds the operation that is running; GraphQL's own context may be made, copied and shared by the application. */
const operations = new AsyncLocalStorage<SocketOperation>();

/** Gives the operation that is running, or `undefined` where it came by HTTP or is not scoped. */
export function currentOperation(): SocketOperation | undefined {
  return operations.getStore();
}

/**
 * Runs a function, and everything it starts, as part of an operation.
 *
 * @param operation - the operation
 * @param callback - the function
 */
export function runOperation<T>(operation: SocketOperation, callback: () => T): T {
  return operations.run(operation, callback);
}
