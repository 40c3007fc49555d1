import { NestarcError } from '@nestarc/core';

/** Thrown when a request is for a host that is neither below a base domain nor a tenant's own domain. */
export class UnknownHostError extends NestarcError {
  constructor() {
    super('Not Found', { code: 'TENANT_HOST_UNKNOWN', status: 404 });
  }
}
