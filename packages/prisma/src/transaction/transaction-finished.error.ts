import { NestarcError } from '@nestarc/core';

const MESSAGES = {
  kept: 'The transaction this operation was called in has ended before it ran: await the operation inside of it',
  undone:
    'The transaction this was called in has been rolled back, and with it the work that is still running: what should ' +
    'outlive it has to be run as NOT_SUPPORTED or REQUIRES_NEW',
};

/**
 * Thrown when an operation that was called inside a transaction begins to run after its end, and for every call that work
 * makes after its transaction was rolled back. Nothing was sent.
 */
export class TransactionFinishedError extends NestarcError {
  constructor(state: 'kept' | 'undone') {
    super(MESSAGES[state], { code: 'TRANSACTION_FINISHED' });
  }
}
