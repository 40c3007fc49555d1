import type { TenancyRequest } from '../request/tenancy-request';

/** Finds the tenant a request claims to be for. */
export interface TenantExtractor {
  /**
   * Reads the claimed tenant id. It is a candidate: whether the request may have it is decided after.
   *
   * @param request - the request
   * @returns the id as the request spells it, or `null` when it names none
   */
  extract(request: TenancyRequest): string | null | Promise<string | null>;
  /**
   * Whether what it reads was verified, by a signature or by an earlier guard; only such values count in a cross-check.
   * Defaults to false.
   */
  readonly verified?: boolean;
  /**
   * What it reads: `request`, the request alone, so that the tenant is known before the first guard runs; `guard`, what a
   * guard before `TenancyGuard` leaves on the request, too. Defaults to `guard`.
   */
  readonly needs?: 'request' | 'guard';
}
