import { NestarcError } from '@nestarc/core';

/**
 * Thrown when a write would create or move a row outside the current tenant; PostgreSQL refused it. The message names no
 * table and no tenant: it may be shown to the caller.
 */
export class CrossTenantWriteError extends NestarcError {
  constructor(options: { readonly cause?: unknown } = {}) {
    super('The write would leave the current tenant', {
      code: 'CROSS_TENANT_WRITE',
      status: 403,
      cause: options.cause,
    });
  }
}
