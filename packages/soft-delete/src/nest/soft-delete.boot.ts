import { InvalidOptionsError } from '@nestarc/core';
import { NestEventSink } from '@nestarc/core/nest';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { SoftDeleteEvents } from '../events/soft-delete-events';
import { DecoratorCheck } from './decorator.check';
import { assertAgreement } from './option-agreement';
import { SoftDeleteClient } from './soft-delete-client';
import { SoftDeleteEventEmitter } from './soft-delete-event.emitter';
import { MODULE, type ResolvedSoftDeleteModuleOptions } from './soft-delete-module.schema';
import { SOFT_DELETE_MODULE_OPTIONS } from './soft-delete.tokens';

/**
 * Checks the application and connects its events once everything in it is made and initialised: services that open their
 * client in `onModuleInit()` have one by then, and listeners are registered in the same step.
 */
@Injectable()
export class SoftDeleteBoot implements OnApplicationBootstrap, OnApplicationShutdown {
  #unsubscribe: (() => void) | undefined;

  constructor(
    @Inject(SOFT_DELETE_MODULE_OPTIONS) private readonly options: ResolvedSoftDeleteModuleOptions,
    private readonly prisma: SoftDeleteClient,
    private readonly decorators: DecoratorCheck,
    private readonly emitter: SoftDeleteEventEmitter,
    private readonly sink: NestEventSink,
  ) {}

  /**
   * Called by Nest.
   *
   * @throws InvalidOptionsError for a client that is not there or not extended, options that contradict those of its
   *   extension, decorators that name nothing, and events that nobody would hear
   */
  onApplicationBootstrap(): void {
    const { client, attachment } = this.prisma;
    assertAgreement(this.options, attachment);
    this.decorators.assertDecorators(attachment.schema);
    if (!this.options.enableEvents) return;
    if (!this.sink.isConnected) {
      const message = 'there is nothing to announce events through: import EventEmitterModule of @nestjs/event-emitter';
      throw new InvalidOptionsError(MODULE, [{ path: 'enableEvents', message }]);
    }
    this.#unsubscribe = SoftDeleteEvents.of(client).subscribe(this.emitter);
  }

  /** Called by Nest: a client that lives on is no longer this application's to tell of. */
  onApplicationShutdown(): void {
    this.#unsubscribe?.();
  }
}
