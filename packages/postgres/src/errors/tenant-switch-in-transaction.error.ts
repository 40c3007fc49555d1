import { NestarcError } from '@nestarc/core';

/** Thrown when a statement inside a transaction runs in another tenant's context than the transaction was begun in. */
export class TenantSwitchInTransactionError extends NestarcError {
  constructor() {
    super('The tenant cannot change inside a transaction: finish it first, or run the other work outside of it', {
      code: 'TENANT_SWITCH_IN_TRANSACTION',
    });
  }
}
