import { NestarcError } from '@nestarc/core';

/** Thrown when a request carries none of the evidence that is asked for: nobody is logged in, there is no token. */
export class TenantUnverifiedError extends NestarcError {
  constructor(message = 'Authentication is required') {
    super(message, { code: 'TENANT_UNVERIFIED', status: 401 });
  }
}
