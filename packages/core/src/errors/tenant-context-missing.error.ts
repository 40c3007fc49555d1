import { NestarcError } from './nestarc.error';

/**
 * Thrown when work that needs a tenant runs outside of any tenant's context; nothing was sent to the database. It stands
 * for status 500, because a request without a tenant is refused by the guard before: reaching the database without one
 * is a mistake of the program.
 */
export class TenantContextMissingError extends NestarcError {
  constructor(message = 'No tenant context available', code = 'TENANT_CONTEXT_MISSING') {
    super(message, { code });
  }
}
