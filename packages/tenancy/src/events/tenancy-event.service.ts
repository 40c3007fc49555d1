import { NestEventSink } from '@nestarc/core/nest';
import { Injectable } from '@nestjs/common';
import type { TenancyEventMap } from './tenancy-events';

/**
 * Announces the package's events through the application's `EventEmitter2`, where `@nestjs/event-emitter` is set up. A
 * listener's failure is logged, and is never the caller's.
 */
@Injectable()
export class TenancyEventService {
  constructor(private readonly sink: NestEventSink) {}

  /** Whether there is an emitter, so that there may be listeners. */
  get isHeard(): boolean {
    return this.sink.isConnected;
  }

  /**
   * Announces an event.
   *
   * @param event - its name, see `TenancyEvents`
   * @param payload - what happened
   */
  emit<E extends keyof TenancyEventMap>(event: E, payload: TenancyEventMap[E]): void {
    this.sink.emit(event, payload);
  }
}
