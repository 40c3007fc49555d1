import { NestarcError } from '@nestarc/core';

/**
 * Thrown for an operation that is told to run in a transaction which was begun where the context could not be set. Running
 * it in a transaction of its own would make it survive the rollback of the other.
 */
export class TransactionNotJoinableError extends NestarcError {
  constructor() {
    super(
      'The operation belongs to a transaction that does not carry the tenant, because it has ended or was not begun with ' +
        '$transaction() of the attached client',
      { code: 'TRANSACTION_NOT_JOINABLE' },
    );
  }
}
