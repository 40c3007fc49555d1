import { NestarcError } from '@nestarc/core';

/** Thrown when it cannot be told now which tenant a custom domain belongs to, because whoever knows does not answer. */
export class TenantLookupFailedError extends NestarcError {
  /** @param cause - what failed */
  constructor(cause?: unknown) {
    super('The tenant of this host cannot be looked up at the moment', {
      code: 'TENANT_LOOKUP_FAILED',
      status: 503,
      cause,
    });
  }
}
