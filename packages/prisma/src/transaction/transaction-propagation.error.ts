import { NestarcError } from '@nestarc/core';

/** Thrown by propagation MANDATORY outside of, and by NEVER inside, a transaction; the work was not begun. */
export class TransactionPropagationError extends NestarcError {
  constructor(propagation: 'MANDATORY' | 'NEVER') {
    const needed = propagation === 'MANDATORY';
    super(needed ? 'This must be called inside a transaction' : 'This must not be called inside a transaction', {
      code: needed ? 'TRANSACTION_REQUIRED' : 'TRANSACTION_NOT_ALLOWED',
    });
  }
}
