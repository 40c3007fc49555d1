import { NestarcError } from '@nestarc/core';

/** Thrown when work asks to join a transaction that does not give what the work demands; the work was not begun. */
export class TransactionOptionsConflictError extends NestarcError {
  constructor(demanded: string, running: string) {
    super(
      `The running transaction is ${running}, which is not ${demanded}; demand it of the outermost, or REQUIRES_NEW`,
      {
        code: 'TRANSACTION_OPTIONS_CONFLICT',
      },
    );
  }
}
