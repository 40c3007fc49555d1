import { type ConfigurableModule, defineModule, NestarcExceptionFilter, NestEventSink } from '@nestarc/core/nest';
import { Module, type NestModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, HttpAdapterHost } from '@nestjs/core';
import { openRequestContext } from './http/open-request-context';
import { TenancyGuard } from './http/tenancy.guard';
import { resolveTenancyOptions, type TenancyModuleOptions } from './tenancy.options';
import { TenancyService } from './tenancy.service';
import { TENANCY_MODULE_OPTIONS } from './tenancy.tokens';

const TenancyModuleBase: ConfigurableModule<TenancyModuleOptions, 'createTenancyOptions'> = defineModule({
  name: 'TenancyModule',
  optionsToken: TENANCY_MODULE_OPTIONS,
  factoryMethod: 'createTenancyOptions',
  resolve: resolveTenancyOptions,
});

/**
 * Resolves the tenant of every request and refuses requests without one. Register it once, with `forRoot` or
 * `forRootAsync`.
 */
@Module({
  providers: [
    TenancyService,
    NestEventSink,
    { provide: APP_GUARD, useClass: TenancyGuard },
    { provide: APP_FILTER, useClass: NestarcExceptionFilter },
  ],
  exports: [TenancyService],
})
export class TenancyModule extends TenancyModuleBase implements NestModule {
  constructor(private readonly adapterHost: HttpAdapterHost) {
    super();
  }

  /** Called by Nest while the application initialises, behind the body parsers and ahead of the routes. */
  configure(): void {
    openRequestContext(this.adapterHost.httpAdapter);
  }
}
