import { type ConfigurableModule, defineModule, NestarcExceptionFilter, NestEventSink } from '@nestarc/core/nest';
import { type CanActivate, Module, type NestModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, HttpAdapterHost } from '@nestjs/core';
import { TrustNotice } from './boot/trust-notice';
import { TenancyEventService } from './events/tenancy-event.service';
import { Admission } from './http/admission';
import { EarlyResolutions } from './http/early-resolutions';
import { openRequestContext } from './http/open-request-context';
import { TenancyGuard } from './http/tenancy.guard';
import { TenantDemands } from './http/tenant-demand';
import { TenantResolver } from './resolution/tenant-resolver';
import { TenancyContext } from './service/tenancy-context';
import { TenancyService } from './service/tenancy.service';
import { TenancyTelemetryInterceptor } from './telemetry/tenancy-telemetry.interceptor';
import { TenancyTelemetryService } from './telemetry/tenancy-telemetry.service';
import { ConnectionRegistry } from './transports/connection-registry';
import { GatewayAdmission } from './transports/gateway-admission';
import { TenantConnections } from './transports/tenant-connections';
import { TransportEnforcer } from './transports/transport-enforcer';
import { TransportGuard } from './transports/transport.guard';
import { TransportInterceptor } from './transports/transport.interceptor';
import { type ResolvedTenancyOptions, resolveTenancyOptions } from './tenancy-options.schema';
import type { TenancyModuleOptions } from './tenancy.options';
import { TENANCY_MODULE_OPTIONS } from './tenancy.tokens';

const TenancyModuleBase: ConfigurableModule<TenancyModuleOptions, 'createTenancyOptions'> = defineModule({
  name: 'TenancyModule',
  optionsToken: TENANCY_MODULE_OPTIONS,
  factoryMethod: 'createTenancyOptions',
  resolve: resolveTenancyOptions,
});

/** Stands where the application places its guards itself. */
const openGate: CanActivate = Object.freeze({ canActivate: () => true });

/** What applications inject; `@UseGuards(TenancyGuard)` makes the guard, and so needs the rest, in any module. */
const services = [
  TenancyContext,
  TenancyService,
  TenancyEventService,
  TenancyTelemetryService,
  TenancyGuard,
  Admission,
  TenantDemands,
  TenantConnections,
];

/**
 * Resolves the tenant of every request and refuses requests without one. Register it once, with `forRoot` or
 * `forRootAsync`.
 */
@Module({
  providers: [
    ...services,
    TenantResolver,
    EarlyResolutions,
    NestEventSink,
    TrustNotice,
    ConnectionRegistry,
    GatewayAdmission,
    TransportGuard,
    TransportInterceptor,
    TransportEnforcer,
    {
      provide: APP_GUARD,
      useFactory: ({ guard }: ResolvedTenancyOptions, tenancyGuard: TenancyGuard) =>
        guard === 'global' ? tenancyGuard : openGate,
      inject: [TENANCY_MODULE_OPTIONS, TenancyGuard],
    },
    {
      provide: APP_INTERCEPTOR,
      // Nest leaves out what is null; an interceptor that does nothing would cost every request a few microseconds.
      useFactory: ({ telemetry }: ResolvedTenancyOptions, service: TenancyTelemetryService) =>
        telemetry.createSpans || telemetry.baggage ? new TenancyTelemetryInterceptor(service) : null,
      inject: [TENANCY_MODULE_OPTIONS, TenancyTelemetryService],
    },
    { provide: APP_FILTER, useClass: NestarcExceptionFilter },
  ],
  exports: services,
})
export class TenancyModule extends TenancyModuleBase implements NestModule {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly early: EarlyResolutions,
  ) {
    super();
  }

  /** Called by Nest while the application initialises, behind the body parsers and ahead of the routes. */
  configure(): void {
    openRequestContext(this.adapterHost.httpAdapter, (request) => this.early.attempt(request));
  }
}
