import { NestarcError } from '@nestarc/core';

/** Thrown at boot when a transaction host is made from a client that operations could not join a transaction through. */
export class ClientNotAttachedError extends NestarcError {
  constructor() {
    super(
      'TransactionHost needs a client that is attached to the context: call attachContext(client) first, or extend it with ' +
        'createPrismaTenancyExtension()',
      { code: 'CLIENT_NOT_ATTACHED' },
    );
  }
}
