import { NestarcError } from '@nestarc/core';

/** Thrown for a statement that the pool cannot scope to the context, instead of running it unscoped. */
export class UnsupportedStatementError extends NestarcError {
  constructor(message: string) {
    super(message, { code: 'STATEMENT_UNSUPPORTED' });
  }
}
