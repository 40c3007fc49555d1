import { applyDecorators, SetMetadata, UseInterceptors } from '@nestjs/common';
import { resolveOptions } from '@nestarc/core';
import { RequestTransactionInterceptor } from './request-transaction.interceptor';
import type { RequestTransactionOptions } from './request-transaction.options';
import { requestTransactionSchema } from './request-transaction.schema';
import { NO_REQUEST_TRANSACTION, REQUEST_TRANSACTION } from './request-transaction.tokens';

/**
 * Runs each request to a controller, or to a handler, in a transaction.
 *
 * @param options - what differs from the options of `TransactionModule`
 * @throws InvalidOptionsError for options that are none
 */
export function RequestTransaction(options: RequestTransactionOptions = {}): ClassDecorator & MethodDecorator {
  const resolved = resolveOptions('@RequestTransaction()', requestTransactionSchema, options);
  return applyDecorators(SetMetadata(REQUEST_TRANSACTION, resolved), UseInterceptors(RequestTransactionInterceptor));
}

/** Runs requests to a controller, or to a handler, without the transaction that they would otherwise be given. */
export function NoRequestTransaction(): ClassDecorator & MethodDecorator {
  return SetMetadata(NO_REQUEST_TRANSACTION, true);
}
