import { type ConfigurableModule, defineModule, NestarcExceptionFilter, requireOptionalPeer } from '@nestarc/core/nest';
import { Inject, type MiddlewareConsumer, Module, type NestModule, RequestMethod } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR } from '@nestjs/core';
import {
  resolveAuditLogModuleOptions,
  type ResolvedAuditLogModuleOptions,
} from '../options/audit-module-options.schema';
import type { AuditLogModuleOptions } from '../options/audit-module.options';
import { AuditService } from '../service/audit.service';
import { AuditActorMiddleware } from './audit-actor.middleware';
import { AUDIT_LOG_OPTIONS } from './audit-log.tokens';
import { makeAuditService } from './audit-service.provider';
import { AuditBoot } from './audit.boot';
import { AuditInterceptor } from './audit.interceptor';
import { RequestScope } from './request-scope';

const AuditLogModuleBase: ConfigurableModule<AuditLogModuleOptions, 'createAuditLogOptions'> = defineModule({
  name: 'AuditLogModule',
  optionsToken: AUDIT_LOG_OPTIONS,
  factoryMethod: 'createAuditLogOptions',
  resolve: resolveAuditLogModuleOptions,
});

/**
 * Provides `AuditService`, and tells the audit log who acts in each request, and what handlers are decorated with. Register it
 * once, with `forRoot` or `forRootAsync`.
 */
@Module({
  providers: [
    RequestScope,
    AuditActorMiddleware,
    AuditInterceptor,
    AuditBoot,
    { provide: AuditService, useFactory: makeAuditService, inject: [AUDIT_LOG_OPTIONS] },
    {
      provide: APP_INTERCEPTOR,
      // Nest leaves out what is null.
      useFactory: ({ registerGlobalInterceptor }: ResolvedAuditLogModuleOptions, interceptor: AuditInterceptor) =>
        registerGlobalInterceptor ? interceptor : null,
      inject: [AUDIT_LOG_OPTIONS, AuditInterceptor],
    },
    { provide: APP_FILTER, useClass: NestarcExceptionFilter },
  ],
  exports: [AuditService, AuditInterceptor, AuditActorMiddleware, RequestScope],
})
export class AuditLogModule extends AuditLogModuleBase implements NestModule {
  constructor(@Inject(AUDIT_LOG_OPTIONS) private readonly options: ResolvedAuditLogModuleOptions) {
    super();
  }

  /**
   * Called by Nest while the application initialises.
   *
   * @param consumer - where middleware is applied
   */
  configure(consumer: MiddlewareConsumer): void {
    consumer
      .apply(AuditActorMiddleware)
      .exclude(...this.options.excludeRoutes)
      .forRoutes({ path: everyRoute(), method: RequestMethod.ALL });
  }
}

/** Nest 11 has another pattern for every route, and takes the old one with a warning only. */
function everyRoute(): string {
  const { version = '' } = (requireOptionalPeer('@nestjs/core/package.json') ?? {}) as { readonly version?: string };
  return Number.parseInt(version, 10) < 11 ? '*' : '{*splat}';
}
