import { NestarcError } from '@nestarc/core';

/**
 * Thrown instead of committing when part of a transaction has failed and the failure was swallowed. PostgreSQL would answer
 * COMMIT with ROLLBACK, and Prisma would report success; or, where no statement failed, half of a unit of work would be
 * committed. The transaction was rolled back; `cause` is the failure.
 */
export class TransactionAbortedError extends NestarcError {
  constructor(cause: unknown) {
    super(
      'The transaction was rolled back: a part of it had failed, and that failure was caught. Let it through, or run the ' +
        'part that may fail as NESTED',
      { code: 'TRANSACTION_ABORTED', cause },
    );
  }
}
