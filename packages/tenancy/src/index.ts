export { TenancyModule } from './tenancy.module';
export type {
  TenancyModuleOptions,
  TenancyModuleOptionsFactory,
  TenantCrossCheckOptions,
  TenantIdFormat,
} from './tenancy.options';
export type { ResolvedCrossCheckOptions, ResolvedTenancyOptions } from './tenancy-options.schema';
export type { TelemetryOptions, ResolvedTelemetryOptions } from './telemetry/telemetry.options';
export { TenancyTelemetryService } from './telemetry/tenancy-telemetry.service';
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
export { TenantHookUnansweredError } from './hooks/tenant-not-found';
export { TenantResolutionTimeoutError } from './resolution/settle-within';
export { UnknownTransportError } from './edge/edge-of';
export { TenantOptional } from './decorators/tenant-optional.decorator';
export { TenancyEventService } from './events/tenancy-event.service';
export { TENANCY_MODULE_OPTIONS } from './tenancy.tokens';
export { TenancyService } from './service/tenancy.service';
export { TenancyGuard } from './http/tenancy.guard';
export { BypassTenancy } from './decorators/bypass-tenancy.decorator';
export { CurrentTenant } from './decorators/current-tenant.decorator';
export { HeaderTenantExtractor } from './extractors/header-tenant.extractor';
export type { TenantExtractor } from './extractors/tenant-extractor';
export type { TenancyRequest, TenancyResponse } from './request/tenancy-request';
export { RepeatedHeaderError } from './errors/repeated-header.error';
export { TenantForbiddenError } from './errors/tenant-forbidden.error';
export { TenantProofInvalidError } from './errors/tenant-proof-invalid.error';
export { TenantProofUnavailableError } from './errors/tenant-proof-unavailable.error';
export { TenantUnverifiedError } from './errors/tenant-unverified.error';
export { UnknownHostError } from './errors/unknown-host.error';
export type { TenantEvidence, TenantProof } from './proof/tenant-proof';
export { userProof } from './proof/user-proof';
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
