import { NestEventSink } from '@nestarc/core/nest';
import { Inject, Injectable } from '@nestjs/common';
import { PurgedEvent } from '../events/purged.event';
import { RestoredEvent } from '../events/restored.event';
import type { SoftDeleteEventListener } from '../events/soft-delete-events';
import { SoftDeletedEvent } from '../events/soft-deleted.event';
import type { ResolvedSoftDeleteModuleOptions } from './soft-delete-module.schema';
import { SOFT_DELETE_MODULE_OPTIONS } from './soft-delete.tokens';

/**
 * Announces what the application's client has deleted, restored and purged through its `EventEmitter2`, by the names of the
 * events. A listener's failure is logged, and is never the caller's.
 */
@Injectable()
export class SoftDeleteEventEmitter implements SoftDeleteEventListener {
  constructor(
    private readonly sink: NestEventSink,
    @Inject(SOFT_DELETE_MODULE_OPTIONS) private readonly options: Pick<ResolvedSoftDeleteModuleOptions, 'enableEvents'>,
  ) {}

  /** Whether events are announced: they were asked for, and there is an emitter. */
  get isEnabled(): boolean {
    return this.options.enableEvents && this.sink.isConnected;
  }

  emitSoftDeleted(event: SoftDeletedEvent): void {
    this.#emit(SoftDeletedEvent.EVENT_NAME, event);
  }

  emitRestored(event: RestoredEvent): void {
    this.#emit(RestoredEvent.EVENT_NAME, event);
  }

  emitPurged(event: PurgedEvent): void {
    this.#emit(PurgedEvent.EVENT_NAME, event);
  }

  #emit(name: string, event: object): void {
    if (this.isEnabled) this.sink.emit(name, event);
  }
}
