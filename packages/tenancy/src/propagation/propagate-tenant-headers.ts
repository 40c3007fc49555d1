import { currentContext } from '@nestarc/core';
import { HttpTenantPropagator, TENANT_HEADER } from './http-tenant.propagator';
import type { PropagationOptions } from './propagation.options';

const source = { getTenantId: () => currentContext()?.tenantId ?? null };

/**
 * Makes the header that tells another service the current tenant, without dependency injection.
 *
 * @param headerName - name of the header
 * @param options - how it is signed, and whether there must be a tenant
 * @returns an object of one header, or of none where there is no tenant
 * @throws InvalidOptionsError naming the path of every refused option
 * @throws TenantContextMissingError when there is no tenant and the option `required` is set
 * @throws InvalidTenantIdError when the id cannot be the value of a header
 */
export function propagateTenantHeaders(
  headerName = TENANT_HEADER,
  options: PropagationOptions = {},
): Record<string, string> {
  return new HttpTenantPropagator(source, { ...options, headerName }).getHeaders();
}
