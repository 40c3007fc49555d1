import { NestarcError } from '@nestarc/core';

/**
 * `TENANT_ISOLATION_BROKEN`: one tenant reached another's rows. `TENANT_ISOLATION_UNPROVEN`: what was seen proves nothing,
 * because a tenant has no rows or the rows do not tell whose they are.
 */
export type TenantIsolationErrorCode = 'TENANT_ISOLATION_BROKEN' | 'TENANT_ISOLATION_UNPROVEN';

/** Thrown when tenants are not, or not provably, isolated; the message says what leaked and how much of it. */
export class TenantIsolationError extends NestarcError {
  constructor(code: TenantIsolationErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, { code, cause: options.cause });
  }
}
