import type { TenancyRequest, TenancyResponse } from '../request/tenancy-request';

/**
 * Runs once the tenant of a request is known, in its context and before its handler; what it throws is the answer.
 *
 * @param tenantId - the tenant
 * @param request - the request
 */
export type TenantResolvedHook = (tenantId: string, request: TenancyRequest) => void | Promise<void>;

/** An answer to a request that names no tenant. */
export interface TenantRejection {
  /** HTTP status, 400 to 599. */
  readonly status: number;
  /** Stable code for programs. Defaults to `TENANT_REQUIRED`. */
  readonly code?: string | undefined;
  /** Text for people. Defaults to "Tenant ID is required". */
  readonly message?: string | undefined;
}

/**
 * What becomes of a request that names no tenant: nothing or `continue` answers 403, a {@link TenantRejection} answers as
 * it says, and `handled` (or `skip`, its older name) says that the hook has answered by itself.
 */
export type TenantNotFoundResult = void | 'continue' | 'handled' | 'skip' | TenantRejection;

/**
 * Runs when a request that needs a tenant names none; what it throws is the answer.
 *
 * @param request - the request
 * @param response - the platform's own response
 */
export type TenantNotFoundHook = (
  request: TenancyRequest,
  response: TenancyResponse,
) => TenantNotFoundResult | Promise<TenantNotFoundResult>;
