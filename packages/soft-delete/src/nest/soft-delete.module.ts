import { type ConfigurableModule, defineModule, NestarcExceptionFilter, NestEventSink } from '@nestarc/core/nest';
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, MetadataScanner } from '@nestjs/core';
import { DecoratorCheck } from './decorator.check';
import { SoftDeleteClient } from './soft-delete-client';
import { SoftDeleteEventEmitter } from './soft-delete-event.emitter';
import { SoftDeleteFilterInterceptor } from './soft-delete-filter.interceptor';
import type {
  SoftDeleteModuleAsyncOptions,
  SoftDeleteModuleFactoryOptions,
  SoftDeleteModuleOptions,
} from './soft-delete-module.options';
import { requireToken, resolveSoftDeleteModuleOptions } from './soft-delete-module.schema';
import { SoftDeleteBoot } from './soft-delete.boot';
import { SoftDeleteService } from './soft-delete.service';
import { PRISMA_SERVICE_TOKEN, SOFT_DELETE_MODULE_OPTIONS, SOFT_DELETE_PRISMA_SERVICE } from './soft-delete.tokens';

const SoftDeleteModuleBase: ConfigurableModule<SoftDeleteModuleFactoryOptions, 'createSoftDeleteOptions'> =
  defineModule({
    name: 'SoftDeleteModule',
    optionsToken: SOFT_DELETE_MODULE_OPTIONS,
    factoryMethod: 'createSoftDeleteOptions',
    resolve: resolveSoftDeleteModuleOptions,
  });

/**
 * Provides `SoftDeleteService` for a client that was extended with `createPrismaSoftDeleteExtension`, and what decorators of
 * handlers, actors and events need. Register it once, with `forRoot` or `forRootAsync`.
 */
@Module({
  providers: [
    SoftDeleteClient,
    SoftDeleteService,
    SoftDeleteEventEmitter,
    SoftDeleteFilterInterceptor,
    NestEventSink,
    MetadataScanner,
    DecoratorCheck,
    SoftDeleteBoot,
    { provide: SOFT_DELETE_PRISMA_SERVICE, useExisting: SoftDeleteClient },
    { provide: APP_INTERCEPTOR, useExisting: SoftDeleteFilterInterceptor },
    { provide: APP_FILTER, useClass: NestarcExceptionFilter },
  ],
  exports: [SoftDeleteService, SoftDeleteEventEmitter, SoftDeleteFilterInterceptor, SOFT_DELETE_PRISMA_SERVICE],
})
export class SoftDeleteModule {
  /**
   * Registers the module.
   *
   * @param options - see {@link SoftDeleteModuleOptions}; `isGlobal` makes its exports available everywhere, the default
   * @throws InvalidOptionsError without a `prismaServiceToken`; all else is refused while the application boots
   */
  static forRoot(options: SoftDeleteModuleOptions & { readonly isGlobal?: boolean }): DynamicModule {
    const { prismaServiceToken, ...rest } = options;
    return onClientOf(prismaServiceToken, SoftDeleteModuleBase.forRoot(rest));
  }

  /**
   * Registers the module with options that Nest makes.
   *
   * @param options - see {@link SoftDeleteModuleAsyncOptions}
   * @throws InvalidOptionsError without a `prismaServiceToken`; all else is refused while the application boots
   */
  static forRootAsync(options: SoftDeleteModuleAsyncOptions): DynamicModule {
    const { prismaServiceToken, ...rest } = options;
    return onClientOf(prismaServiceToken, SoftDeleteModuleBase.forRootAsync(rest));
  }
}

function onClientOf(token: unknown, module: DynamicModule): DynamicModule {
  const provider = { provide: PRISMA_SERVICE_TOKEN, useValue: requireToken(token) };
  return { ...module, module: SoftDeleteModule, providers: [...(module.providers ?? []), provider] };
}
