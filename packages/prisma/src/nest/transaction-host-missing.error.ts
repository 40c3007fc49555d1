import { NestarcError } from '@nestarc/core';

/** Thrown by a `@Transactional()` method of an object that Nest did not make, and that therefore has no transaction host. */
export class TransactionHostMissingError extends NestarcError {
  constructor(method: string) {
    super(
      `${method} is @Transactional(), but its object was not made by Nest: provide it in a module, or call TransactionHost.run()`,
      { code: 'TRANSACTION_HOST_MISSING' },
    );
  }
}
