import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { EventSink } from '../events/event-sink';
import { requireOptionalPeer } from './optional-peer';

interface Emitter {
  emitAsync(event: string, payload: unknown): Promise<unknown>;
}

/**
 * Announces events through the application's `EventEmitter2` when `@nestjs/event-emitter` is set up, and is silent
 * otherwise. A listener that throws or rejects is logged, never thrown into the caller.
 */
@Injectable()
export class NestEventSink implements EventSink, OnModuleInit {
  readonly #logger = new Logger('NestarcEvents');
  #emitter: Emitter | undefined;

  constructor(private readonly moduleRef: ModuleRef) {}

  /** Finds the emitter by its class token: the string token other libraries look for is one that Nest never registers. */
  onModuleInit(): void {
    const peer = requireOptionalPeer('@nestjs/event-emitter') as { EventEmitter2?: abstract new () => Emitter } | undefined;
    if (peer?.EventEmitter2 === undefined) return;
    try {
      this.#emitter = this.moduleRef.get(peer.EventEmitter2, { strict: false });
    } catch {
      // The package is installed but EventEmitterModule is not imported: nobody listens.
    }
  }

  /**
   * Announces an event.
   *
   * @param event - name of the event
   * @param payload - what happened
   */
  emit(event: string, payload: unknown): void {
    if (this.#emitter === undefined) return;
    try {
      // emitAsync, because emit() drops the promises of async listeners, and a rejection would end the process.
      this.#emitter.emitAsync(event, payload).catch((error: unknown) => this.#report(event, error));
    } catch (error) {
      this.#report(event, error);
    }
  }

  #report(event: string, error: unknown): void {
    this.#logger.error(`A listener of "${event}" failed`, error instanceof Error ? error.stack : String(error));
  }
}
