import { silentEventSink } from '@nestarc/core';
import { NestEventSink } from '@nestarc/core/nest';
import { type DynamicModule, Module } from '@nestjs/common';
import { attachmentOf } from '../model/soft-delete-attachment';
import { assertAgreement } from '../nest/option-agreement';
import { SoftDeleteClient } from '../nest/soft-delete-client';
import { SoftDeleteEventEmitter } from '../nest/soft-delete-event.emitter';
import type { SoftDeleteModuleOptions } from '../nest/soft-delete-module.options';
import {
  type ResolvedSoftDeleteModuleOptions,
  resolveSoftDeleteModuleOptions,
} from '../nest/soft-delete-module.schema';
import { SoftDeleteService } from '../nest/soft-delete.service';
import {
  PRISMA_SERVICE_TOKEN,
  SOFT_DELETE_MODULE_OPTIONS,
  SOFT_DELETE_PRISMA_SERVICE,
} from '../nest/soft-delete.tokens';
import { createPrismaSoftDeleteExtension } from '../soft-delete.extension';

/** Options of {@link TestSoftDeleteModule}: those of `SoftDeleteModule`, of which only the models are required. */
export type TestSoftDeleteOptions = Partial<SoftDeleteModuleOptions> &
  Required<Pick<SoftDeleteModuleOptions, 'softDeleteModels'>>;

/**
 * Stands in for `SoftDeleteModule` in tests of providers: `SoftDeleteService` works on the client of the test, and nothing that
 * belongs to requests is there; no decorator has an effect, and no event is announced.
 */
@Module({})
export class TestSoftDeleteModule {
  /**
   * Registers the module, for the whole application.
   *
   * @param options - see {@link TestSoftDeleteOptions}
   * @param prisma - the client, which is extended here unless it was before; provided under `prismaServiceToken`, which
   *   defaults to `'TEST_PRISMA'`. Without one the service refuses to work
   * @throws InvalidOptionsError naming the path of every refused option, and of those that contradict the client's extension
   */
  static register(options: TestSoftDeleteOptions, prisma?: object): DynamicModule {
    const { prismaServiceToken = 'TEST_PRISMA', ...rest } = options;
    const resolved = resolveSoftDeleteModuleOptions(rest);
    if (prisma !== undefined) extendFor(prisma, resolved);
    return {
      module: TestSoftDeleteModule,
      global: true,
      providers: [
        { provide: SOFT_DELETE_MODULE_OPTIONS, useValue: resolved },
        // Nest 10 makes a text of what is provided as a value, all of a client.
        { provide: prismaServiceToken, useFactory: () => prisma },
        { provide: PRISMA_SERVICE_TOKEN, useValue: prismaServiceToken },
        { provide: NestEventSink, useValue: Object.freeze({ ...silentEventSink, isConnected: false }) },
        { provide: SOFT_DELETE_PRISMA_SERVICE, useExisting: SoftDeleteClient },
        SoftDeleteClient,
        SoftDeleteEventEmitter,
        SoftDeleteService,
      ],
      exports: [prismaServiceToken, SOFT_DELETE_MODULE_OPTIONS, SoftDeleteEventEmitter, SoftDeleteService],
    };
  }

  /**
   * The same under the name that other packages use.
   *
   * @param options - see {@link TestSoftDeleteOptions}
   * @param prisma - see {@link TestSoftDeleteModule.register}
   */
  static forTesting(options: TestSoftDeleteOptions, prisma?: object): DynamicModule {
    return TestSoftDeleteModule.register(options, prisma);
  }
}

function extendFor(prisma: object, resolved: ResolvedSoftDeleteModuleOptions): void {
  const attachment = attachmentOf(prisma);
  if (attachment !== undefined) return assertAgreement(resolved, attachment);
  const { actorExtractor: _actor, enableEvents: _events, softDeleteModels = [], ...options } = resolved;
  createPrismaSoftDeleteExtension({ softDeleteModels, ...options })(prisma);
}
