export { TenancyModule } from './tenancy.module';
export type {
  TenancyModuleAsyncOptions,
  TenancyModuleOptions,
  TenancyModuleOptionsFactory,
  TenantCrossCheckOptions,
  TenantIdFormat,
} from './tenancy.options';
export type { ResolvedCrossCheckOptions, ResolvedTenancyOptions } from './tenancy-options.schema';
export type { TelemetryOptions, ResolvedTelemetryOptions } from './telemetry/telemetry.options';
export { TenancyTelemetryService } from './telemetry/tenancy-telemetry.service';
export type { TenancySpan, TenancySpanAttribute, TenancySpanAttributes } from './telemetry/tenancy-span';
export {
  tenancyLogFields,
  tenancyLogMixin,
  tenancyMixinMergeStrategy,
  type TenancyLogFields,
} from './logging/tenancy-log-fields';
export { TenancyLogger } from './logging/tenancy.logger';
export { TenancyContext } from './service/tenancy-context';
export type {
  ForEachTenantOptions,
  TenantIds,
  TenantRunFailure,
  TenantRunProgress,
  TenantRunReport,
  TenantRunSuccess,
} from './service/for-each-tenant';
export type {
  TenantNotFoundHook,
  TenantNotFoundResult,
  TenantRejection,
  TenantResolvedHook,
} from './hooks/tenancy-hooks';
export { TenantHookResultError, TenantHookUnansweredError } from './hooks/tenant-not-found';
export { TenantResolutionTimeoutError } from './resolution/settle-within';
export { UnknownTransportError } from './edge/edge-of';
export { OperationUnscopedError } from './edge/graphql.edge';
export { UnknownConnectionError } from './transports/socket-connection';
export { TenantConnections } from './transports/tenant-connections';
export { TenantContextInterceptor } from './transports/tenant-context.interceptor';
export type { TenantContextInterceptorOptions } from './transports/tenant-context-interceptor.options';
export { UnguardedResolverError } from './transports/resolver-guards.check';
export { GatewayHookError } from './transports/transport-enforcer';
export { TenantOptional } from './decorators/tenant-optional.decorator';
export { TenancyEventService } from './events/tenancy-event.service';
export { TENANCY_MODULE_OPTIONS } from './tenancy.tokens';
export { TenancyService } from './service/tenancy.service';
export { TenancyGuard } from './http/tenancy.guard';
export { BypassTenancy } from './decorators/bypass-tenancy.decorator';
export { CurrentTenant } from './decorators/current-tenant.decorator';
export { HeaderTenantExtractor } from './extractors/header-tenant.extractor';
export { SubdomainTenantExtractor, type SubdomainExtractorOptions } from './extractors/subdomain-tenant.extractor';
export type { TenantDomainLookup } from './extractors/tenant-domain-lookup';
export type { DomainCacheOptions } from './extractors/domain-directory';
export { PathTenantExtractor, type PathExtractorOptions } from './extractors/path-tenant.extractor';
export { JwtClaimTenantExtractor, type JwtClaimExtractorOptions } from './extractors/jwt-claim-tenant.extractor';
export { CookieTenantExtractor } from './extractors/cookie-tenant.extractor';
export { CompositeTenantExtractor } from './extractors/composite-tenant.extractor';
export type { TenantExtractor } from './extractors/tenant-extractor';
export type { TenancyRequest, TenancyResponse } from './request/tenancy-request';
export { RepeatedCookieError } from './errors/repeated-cookie.error';
export { RepeatedHeaderError } from './errors/repeated-header.error';
export { TenantLookupFailedError } from './errors/tenant-lookup-failed.error';
export { TenantForbiddenError } from './errors/tenant-forbidden.error';
export { TenantProofInvalidError } from './errors/tenant-proof-invalid.error';
export { TenantProofUnavailableError } from './errors/tenant-proof-unavailable.error';
export { TenantUnverifiedError } from './errors/tenant-unverified.error';
export { UnknownHostError } from './errors/unknown-host.error';
export type { TenantEvidence, TenantProof } from './proof/tenant-proof';
export { userProof, type UserProofOptions } from './proof/user-proof';
export type { VerifiedTenantSource } from './proof/verified-source';
export type { TenantMembershipQuestion, TenantMembershipVerifier } from './proof/tenant-membership';
export {
  tenancyTransaction,
  type PrismaTransactionClient,
  type PrismaTransactionContext,
  type PrismaTransactionLimits,
  type TenancyTransactionOptions,
} from './prisma/tenancy-transaction';
export { createPrismaTenancyExtension, type UnchangedClientExtension } from './prisma/prisma-tenancy.extension';
export type { PrismaTenancyExtensionOptions } from './prisma/prisma-tenancy.options';
export {
  TenancyEvents,
  type TenancyEvent,
  type TenancyEventMap,
  type TenancyEventRequestSummary,
  type TenantContextBypassedEvent,
  type TenantCrossCheckFailedEvent,
  type TenantExtractionFailedEvent,
  type TenantNotFoundEvent,
  type TenantResolvedEvent,
  type TenantValidationFailedEvent,
  type TenantVerificationFailedEvent,
} from './events/tenancy-events';
export { TenantRequiredError } from './errors/tenant-required.error';
export { InvalidTenantIdError, TenantContextMissingError } from '@nestarc/core';
export { CrossTenantWriteError, TenantSwitchInTransactionError } from '@nestarc/postgres';
export { TenancyContextRequiredError } from '@nestarc/prisma';
export { TenantCarrierConflictError } from './errors/tenant-carrier-conflict.error';
export type { TenantContextCarrier, TenantPropagator, TenantSource } from './propagation/tenant-propagator';
export type { PropagationOptions } from './propagation/propagation.options';
export { HttpTenantPropagator, type HttpPropagationOptions } from './propagation/http-tenant.propagator';
export { propagateTenantHeaders } from './propagation/propagate-tenant-headers';
export { BullTenantPropagator, type BullPropagationOptions } from './propagation/bull-tenant.propagator';
export {
  KafkaTenantPropagator,
  type KafkaHeadersLike,
  type KafkaMessageLike,
  type KafkaPropagationOptions,
} from './propagation/kafka-tenant.propagator';
export {
  GrpcTenantPropagator,
  type GrpcMetadataLike,
  type GrpcPropagationOptions,
} from './propagation/grpc-tenant.propagator';
export { createTenantEnvelope, type OpenedTenantEnvelope, type TenantEnvelope } from './propagation/tenant-envelope';
export type { TenantEnvelopeContent } from './propagation/tenant-envelope-content';
export type { EnvelopeMaxAgeMs, TenantEnvelopeKey, TenantEnvelopeOptions } from './propagation/tenant-envelope.options';
export { envelopeProof, type EnvelopeProof, type EnvelopeProofOptions } from './propagation/envelope.proof';
export {
  headersOfCarrier,
  type CarrierHeaders,
  type CarrierHeadersOptions,
  type CarrierKind,
} from './propagation/carrier-headers';
