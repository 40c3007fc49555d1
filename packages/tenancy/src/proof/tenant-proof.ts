import type { Actor } from '@nestarc/core';
import type { TenancyRequest } from '../request/tenancy-request';

/** What a proof found out, and vouches for. */
export interface TenantEvidence {
  /** The tenant, where the evidence names one; it must be the one the request claims. */
  readonly tenantId?: string | undefined;
  /** Who asks. */
  readonly actor?: Actor | undefined;
  /** Who asks, as a `TenantMembershipVerifier` is to see it: a user, the claims of a token. */
  readonly principal?: unknown;
}

/** Turns a candidate into a verified tenant, by evidence that whoever sends the request cannot make up. */
export interface TenantProof {
  /**
   * Looks for evidence.
   *
   * @param request - the request
   * @returns what the evidence says, or `undefined` when the request carries none of this kind
   * @throws TenantProofInvalidError (401) when there is evidence and it is bad
   * @throws TenantProofUnavailableError (503) when it cannot be checked now
   */
  prove(request: TenancyRequest): TenantEvidence | undefined | Promise<TenantEvidence | undefined>;
  /**
   * What the evidence needs: `request`, the request alone, so that the tenant is known before the first guard runs;
   * `guard`, what a guard before `TenancyGuard` leaves on the request. With `request` it is asked twice, by middleware and
   * guard. Defaults to `guard`.
   */
  readonly needs?: 'request' | 'guard';
  /**
   * Whether the evidence ever names a tenant; with `false` it only tells who asks, and verifies nothing without a
   * `TenantMembershipVerifier`. Defaults to true.
   */
  readonly namesTenant?: boolean;
}
