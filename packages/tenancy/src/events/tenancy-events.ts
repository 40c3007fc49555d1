/** Names of the events this package announces. */
export const TenancyEvents = Object.freeze({
  /** A request's tenant is known: {@link TenantResolvedEvent}. */
  RESOLVED: 'tenant.resolved',
  /** A request that needs a tenant named none: {@link TenantNotFoundEvent}. */
  NOT_FOUND: 'tenant.not_found',
  /** A request named a tenant id that is not well formed: {@link TenantValidationFailedEvent}. */
  VALIDATION_FAILED: 'tenant.validation_failed',
  /** Work runs without a tenant on purpose: {@link TenantContextBypassedEvent}. */
  CONTEXT_BYPASSED: 'tenant.context_bypassed',
} as const);

/** Payload of `tenant.resolved`. */
export interface TenantResolvedEvent {
  /** The canonical id. */
  readonly tenantId: string;
}

/** Payload of `tenant.not_found`. */
export interface TenantNotFoundEvent {
  /** Id of the request. */
  readonly requestId: string | undefined;
}

/** Payload of `tenant.validation_failed`. */
export interface TenantValidationFailedEvent {
  /** What the request sent: hostile input, cut to 255 characters. */
  readonly tenantId: string;
}

/** Payload of `tenant.context_bypassed`. */
export interface TenantContextBypassedEvent {
  /** Whether a route's decorator or a call of `withoutTenant()` asked for it. */
  readonly reason: 'decorator' | 'withoutTenant';
  /** The tenant that was left, if there was one. */
  readonly previousTenantId?: string | undefined;
}
