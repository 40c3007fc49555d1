import { type Actor, isNestarcError, type NestarcError, type TenantId } from '@nestarc/core';
import { type TenancyEventMap, TenancyEvents } from '../events/tenancy-events';

/** The tenant of a request is known, and verified as far as the module is told to. */
export interface TenantResolved {
  readonly kind: 'resolved';
  /** The tenant. */
  readonly tenantId: TenantId;
  /** Who asks, where a proof has told. */
  readonly actor: Actor | undefined;
  /** A disagreement that is only to be announced. */
  readonly disagreement: TenantRefused | undefined;
}

/** The request names no tenant. */
export interface TenantAbsent {
  readonly kind: 'absent';
  /** Who asks, where a proof has told. */
  readonly actor: Actor | undefined;
  /** What a route that needs a tenant answers with. */
  readonly error: NestarcError;
}

/** The request may not be served. Thrown within the resolution, and given to those who ask for one. */
export class TenantRefused<E extends keyof TenancyEventMap = keyof TenancyEventMap> extends Error {
  readonly kind = 'refused';

  constructor(
    /** What the request is answered with. */
    readonly error: unknown,
    /** The event that is announced. */
    readonly event: E,
    /** What the event tells besides the request. */
    readonly payload: Omit<TenancyEventMap[E], 'requestSummary'>,
  ) {
    super(event, { cause: error });
  }
}

/** What became of the question whose request it is. */
export type TenantResolution = TenantResolved | TenantAbsent | TenantRefused;

/**
 * Refuses a request whose tenant could not be verified.
 *
 * @param error - what the request is answered with
 * @param tenantId - the tenant it named, where it named one
 */
export function verificationFailed(error: unknown, tenantId?: TenantId): TenantRefused {
  const code = isNestarcError(error) ? error.code : 'INTERNAL';
  return new TenantRefused(error, TenancyEvents.VERIFICATION_FAILED, { tenantId, code });
}
