import { NestarcError } from '@nestarc/core';

/**
 * Thrown when the evidence a request carries is bad: forged, expired, meant for somebody else. The answer does not tell
 * which; the cause does, for the log.
 */
export class TenantProofInvalidError extends NestarcError {
  /** @param cause - what is wrong with it */
  constructor(cause?: unknown) {
    super('The credentials are not valid', { code: 'TENANT_PROOF_INVALID', status: 401, cause });
  }
}
