import { NestarcError } from '@nestarc/core';
import type { TenancyRequest, TenancyResponse } from '../request/tenancy-request';
import { settleWithin } from '../resolution/settle-within';
import { type RawResponse, hasBegun, untilBegun } from './response-progress';
import type { TenantNotFoundHook, TenantRejection } from './tenancy-hooks';

/** Thrown when `onTenantNotFound` says it answers a request, and does not. */
export class TenantHookUnansweredError extends NestarcError {
  constructor() {
    super('onTenantNotFound said that it answers the request, but did not begin to', {
      code: 'TENANT_HOOK_UNANSWERED',
    });
  }
}

/** Thrown when `onTenantNotFound` returns what it may not. */
export class TenantHookResultError extends NestarcError {
  constructor() {
    super(
      'onTenantNotFound may return nothing, "continue", "handled", "skip", or { status, code, message } with a status of ' +
        '400 to 599',
      { code: 'TENANT_HOOK_RESULT' },
    );
  }
}

/** The hook has answered the request: nothing else may. */
export const ANSWERED: unique symbol = Symbol('answered');

/** The hook, and how long it has. */
export interface TimedNotFoundHook {
  /** The hook. */
  readonly hook: TenantNotFoundHook;
  /** How long it may take to decide, and again to begin its answer, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Asks the hook what becomes of a request without a tenant.
 *
 * @param timed - the hook
 * @param request - the request
 * @param response - what it may answer through
 * @param fallback - what the request is answered with otherwise
 * @returns the error to answer with, or {@link ANSWERED}
 * @throws {@link TenantHookUnansweredError} when it says it answers, and does not
 * @throws {@link TenantHookResultError} when it returns what it may not
 * @throws whatever the hook throws
 */
export async function askTenantNotFound(
  { hook, timeoutMs }: TimedNotFoundHook,
  request: TenancyRequest,
  response: TenancyResponse & { readonly raw?: RawResponse },
  fallback: NestarcError,
): Promise<NestarcError | typeof ANSWERED> {
  const result: unknown = await settleWithin('onTenantNotFound', hook(request, response), timeoutMs);
  if (result === undefined || result === null || result === 'continue') return fallback;
  if (isRejection(result)) {
    const { message = fallback.message, code = fallback.code, status } = result;
    return new NestarcError(message, { code, status });
  }
  if (result !== 'handled' && result !== 'skip') throw new TenantHookResultError();
  const raw = response.raw ?? (response as RawResponse);
  // A stream, or a hook of the platform, begins the answer later.
  await untilBegun(raw, timeoutMs);
  if (!hasBegun(raw)) throw new TenantHookUnansweredError();
  return ANSWERED;
}

function isRejection(result: unknown): result is TenantRejection {
  const status = typeof result === 'object' ? (result as Partial<TenantRejection>).status : undefined;
  return Number.isInteger(status) && Number(status) >= 400 && Number(status) <= 599;
}
