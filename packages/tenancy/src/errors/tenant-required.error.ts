import { NestarcError } from '@nestarc/core';

/** Thrown when a request that needs a tenant names none. */
export class TenantRequiredError extends NestarcError {
  constructor() {
    super('Tenant ID is required', { code: 'TENANT_REQUIRED', status: 403 });
  }
}
