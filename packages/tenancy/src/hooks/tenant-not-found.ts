import { NestarcError } from '@nestarc/core';
import type { TenancyRequest, TenancyResponse } from '../request/tenancy-request';
import type { TenantNotFoundHook, TenantRejection } from './tenancy-hooks';

/** Thrown when `onTenantNotFound` says it has answered a request, and has not. */
export class TenantHookUnansweredError extends NestarcError {
  constructor() {
    super('onTenantNotFound said that it has answered the request, but did not begin to', {
      code: 'TENANT_HOOK_UNANSWERED',
    });
  }
}

/** The hook has answered the request: nothing else may. */
export const ANSWERED: unique symbol = Symbol('answered');

/**
 * Asks the hook what becomes of a request without a tenant.
 *
 * @param hook - the hook
 * @param request - the request
 * @param response - what it may answer through
 * @param fallback - what the request is answered with otherwise
 * @returns the error to answer with, or {@link ANSWERED}
 * @throws {@link TenantHookUnansweredError} when it says it has answered, and has not
 * @throws whatever the hook throws
 */
export async function askTenantNotFound(
  hook: TenantNotFoundHook,
  request: TenancyRequest,
  response: TenancyResponse,
  fallback: NestarcError,
): Promise<NestarcError | typeof ANSWERED> {
  const result = await hook(request, response);
  if (result === 'handled' || result === 'skip') {
    if (!hasBegun(response)) throw new TenantHookUnansweredError();
    return ANSWERED;
  }
  return typeof result === 'object' ? rejection(result, fallback) : fallback;
}

function rejection({ status, code, message }: TenantRejection, fallback: NestarcError): NestarcError {
  return new NestarcError(message ?? fallback.message, { code: code ?? fallback.code, status });
}

function hasBegun(response: TenancyResponse & { readonly raw?: TenancyResponse }): boolean {
  return response.headersSent === true || response.sent === true || response.raw?.headersSent === true;
}
