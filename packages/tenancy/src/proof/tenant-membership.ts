import type { TenantId } from '@nestarc/core';
import type { TenancyRequest } from '../request/tenancy-request';

/** A question for a {@link TenantMembershipVerifier}. */
export interface TenantMembershipQuestion {
  /** The tenant asked for, in canonical form. */
  readonly tenantId: TenantId;
  /** Who asks: what the proof or an earlier guard verified. */
  readonly principal: unknown;
  /** The request. */
  readonly request: TenancyRequest;
}

/** Knows who belongs to which tenant; usually looks into the database, outside of any tenant. */
export interface TenantMembershipVerifier {
  /**
   * Tells whether somebody may work in a tenant.
   *
   * @param question - who, and where
   * @returns `true` to let them in; anything else keeps them out
   */
  isMember(question: TenantMembershipQuestion): boolean | Promise<boolean>;
}
