import { NestarcError } from '@nestarc/core';

/** Thrown when an operation that was called inside a transaction begins to run after its end; nothing was sent. */
export class TransactionFinishedError extends NestarcError {
  constructor() {
    super('The transaction this operation was called in has ended; await the operation inside of it', {
      code: 'TRANSACTION_FINISHED',
    });
  }
}
