import { NestarcError } from '@nestarc/core';

/** Thrown when rows are not as a test expects them, or when what was found proves nothing; the message says what was found. */
export class SoftDeleteExpectationError extends NestarcError {
  /** @param message - what was found */
  constructor(message: string) {
    super(message, { code: 'SOFT_DELETE_EXPECTATION_FAILED' });
  }
}
