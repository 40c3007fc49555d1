import { silentEventSink } from '@nestarc/core';
import { NestEventSink } from '@nestarc/core/nest';
import { type DynamicModule, Module } from '@nestjs/common';
import { TenancyEventService } from '../events/tenancy-event.service';
import { TenancyContext } from '../service/tenancy-context';
import { TenancyService } from '../service/tenancy.service';
import { resolveTenancyOptions } from '../tenancy-options.schema';
import type { TenancyModuleOptions } from '../tenancy.options';
import { TENANCY_MODULE_OPTIONS } from '../tenancy.tokens';

/**
 * Stands in for `TenancyModule` in tests of providers: `TenancyService` and the options are there, and nothing that
 * belongs to HTTP requests is; no guard asks for a tenant, and no event is announced.
 */
@Module({})
export class TestTenancyModule {
  /**
   * Registers the module, for the whole application.
   *
   * @param options - those of `TenancyModule`. `tenantExtractor` defaults to the header `X-Tenant-Id`
   * @throws InvalidOptionsError naming the path of every refused option
   */
  static register(options: Partial<TenancyModuleOptions> = {}): DynamicModule {
    const resolved = resolveTenancyOptions({ tenantExtractor: 'X-Tenant-Id', ...options });
    return {
      module: TestTenancyModule,
      global: true,
      providers: [
        { provide: TENANCY_MODULE_OPTIONS, useValue: resolved },
        { provide: NestEventSink, useValue: Object.freeze({ ...silentEventSink, isConnected: false }) },
        TenancyEventService,
        TenancyContext,
        TenancyService,
      ],
      exports: [TENANCY_MODULE_OPTIONS, TenancyEventService, TenancyContext, TenancyService],
    };
  }
}
