import { NestarcError } from '@nestarc/core';

/**
 * Thrown when whoever is asking has nothing to do with the tenant asked for. The answer is the same whether or not there
 * is such a tenant.
 */
export class TenantForbiddenError extends NestarcError {
  constructor() {
    super('Access to this tenant is denied', { code: 'TENANT_FORBIDDEN', status: 403 });
  }
}
