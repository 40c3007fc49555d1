import { NestarcError } from '@nestarc/core';

/**
 * Thrown when a message that is about to be sent already names a tenant, and not the one it is sent for: it was made from
 * data of somebody else, such as the body of a request.
 */
export class TenantCarrierConflictError extends NestarcError {
  /** @param cause - why what the message carries could not be read, where that is so */
  constructor(cause?: unknown) {
    super('The message already names a tenant other than the current one', {
      code: 'TENANT_CARRIER_CONFLICT',
      status: 409,
      cause,
    });
  }
}
