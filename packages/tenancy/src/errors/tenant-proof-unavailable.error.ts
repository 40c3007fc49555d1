import { NestarcError } from '@nestarc/core';

/** Thrown when evidence cannot be checked now, because what it is checked against (keys, a directory) does not answer. */
export class TenantProofUnavailableError extends NestarcError {
  /** @param cause - what failed */
  constructor(cause?: unknown) {
    super('The credentials cannot be checked at the moment', { code: 'TENANT_PROOF_UNAVAILABLE', status: 503, cause });
  }
}
