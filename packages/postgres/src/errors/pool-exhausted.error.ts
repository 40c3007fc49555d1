import { NestarcError } from '@nestarc/core';

/** Thrown when no connection became free within `connectionTimeoutMillis`; the same call may succeed a moment later. */
export class PoolExhaustedError extends NestarcError {
  constructor(options: { readonly cause?: unknown } = {}) {
    super('No database connection became free in time', { code: 'POOL_EXHAUSTED', status: 503, cause: options.cause });
  }
}
