import { NestarcError } from '@nestarc/core';

/** Thrown for a statement that the pool cannot scope to the context, instead of running it unscoped. */
export class UnsupportedStatementError extends NestarcError {
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super(message, { code: 'STATEMENT_UNSUPPORTED', cause: options.cause });
  }
}
