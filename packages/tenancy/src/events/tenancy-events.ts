/** Names of the events this package announces. */
export const TenancyEvents = Object.freeze({
  /** A request's tenant is known: {@link TenantResolvedEvent}. */
  RESOLVED: 'tenant.resolved',
  /** A request that needs a tenant named none: {@link TenantNotFoundEvent}. */
  NOT_FOUND: 'tenant.not_found',
  /** The tenant id of a request could not be read: {@link TenantExtractionFailedEvent}. */
  EXTRACTION_FAILED: 'tenant.extraction_failed',
  /** A request named a tenant id that is not well formed: {@link TenantValidationFailedEvent}. */
  VALIDATION_FAILED: 'tenant.validation_failed',
  /** A request had no, or bad, evidence for the tenant it named: {@link TenantVerificationFailedEvent}. */
  VERIFICATION_FAILED: 'tenant.verification_failed',
  /** Two sources disagreed about a request's tenant: {@link TenantCrossCheckFailedEvent}. */
  CROSS_CHECK_FAILED: 'tenant.cross_check_failed',
  /** Work runs without a tenant on purpose: {@link TenantContextBypassedEvent}. */
  CONTEXT_BYPASSED: 'tenant.context_bypassed',
} as const);

/** What events tell of the request; parts that are not known are absent. */
export interface TenancyEventRequestSummary {
  /** Method, such as `GET`. */
  readonly method?: string;
  /** Path without query. */
  readonly path?: string;
  /** Address of the client. */
  readonly ip?: string;
  /** Header `User-Agent`, cut to 255 characters. */
  readonly userAgent?: string;
  /** Host the request was sent to. */
  readonly host?: string;
}

/** What every event may tell. */
export interface TenancyEvent {
  /** The request, where there is one. */
  readonly requestSummary?: TenancyEventRequestSummary | undefined;
}

/** Payload of `tenant.resolved`. */
export interface TenantResolvedEvent extends TenancyEvent {
  /** The canonical id. */
  readonly tenantId: string;
}

/** Payload of `tenant.not_found`. */
export type TenantNotFoundEvent = TenancyEvent;

/** Payload of `tenant.extraction_failed`. */
export interface TenantExtractionFailedEvent extends TenancyEvent {
  /** Name of the error, `NonErrorThrown` when something else was thrown. */
  readonly errorName: string;
  /** Its message. */
  readonly errorMessage: string;
}

/** Payload of `tenant.validation_failed`. */
export interface TenantValidationFailedEvent extends TenancyEvent {
  /** What the request sent: hostile input, cut to 255 characters. */
  readonly tenantId: string;
}

/** Payload of `tenant.verification_failed`. */
export interface TenantVerificationFailedEvent extends TenancyEvent {
  /** The tenant the request named, in canonical form, where it named one. */
  readonly tenantId: string | undefined;
  /** Code of the error the request is answered with, such as `TENANT_PROOF_INVALID`. */
  readonly code: string;
}

/** Payload of `tenant.cross_check_failed`. */
export interface TenantCrossCheckFailedEvent extends TenancyEvent {
  /** The tenant the request named. */
  readonly extractedTenantId: string;
  /** The tenant the verified source named. */
  readonly crossCheckTenantId: string;
}

/** Payload of `tenant.context_bypassed`. */
export interface TenantContextBypassedEvent extends TenancyEvent {
  /** Whether a route's decorator or a call of `withoutTenant()` asked for it. */
  readonly reason: 'decorator' | 'withoutTenant';
  /** The tenant that was left, if there was one. */
  readonly previousTenantId?: string | undefined;
}

/** The payload of each event. */
export interface TenancyEventMap {
  /** A request's tenant is known. */
  'tenant.resolved': TenantResolvedEvent;
  /** A request that needs a tenant named none. */
  'tenant.not_found': TenantNotFoundEvent;
  /** The tenant id of a request could not be read. */
  'tenant.extraction_failed': TenantExtractionFailedEvent;
  /** A request named a tenant id that is not well formed. */
  'tenant.validation_failed': TenantValidationFailedEvent;
  /** A request had no, or bad, evidence for the tenant it named. */
  'tenant.verification_failed': TenantVerificationFailedEvent;
  /** Two sources disagreed about a request's tenant. */
  'tenant.cross_check_failed': TenantCrossCheckFailedEvent;
  /** Work runs without a tenant on purpose. */
  'tenant.context_bypassed': TenantContextBypassedEvent;
}
