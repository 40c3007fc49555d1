import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { inspect, types } from 'node:util';
import type { EventSink } from '../events/event-sink';
import { requireOptionalPeer } from './optional-peer';

type Listener = (...args: unknown[]) => unknown;

interface Emitter {
  listeners(event: string): Listener[];
  listenersAny(): Listener[];
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
    const peer = requireOptionalPeer('@nestjs/event-emitter') as
      { EventEmitter2?: abstract new () => Emitter } | undefined;
    if (peer?.EventEmitter2 === undefined) return;
    try {
      this.#emitter = this.moduleRef.get(peer.EventEmitter2, { strict: false });
    } catch {
      // The package is installed but EventEmitterModule is not imported: nobody listens.
    }
  }

  /** Whether the application has an emitter; before the module is initialised it is not known to have one. */
  get isConnected(): boolean {
    return this.#emitter !== undefined;
  }

  /**
   * Announces an event.
   *
   * @param event - name of the event
   * @param payload - what happened
   */
  emit(event: string, payload: unknown): void {
    const emitter = this.#emitter;
    if (emitter === undefined) return;
    // Called one by one, because neither emit() nor emitAsync() keeps failures in: emit() drops the promises of async
    // listeners, and in both a listener that throws silences the ones behind it; a rejection nobody waits for ends the
    // process.
    for (const listener of emitter.listenersAny()) this.#call(event, () => listener.call(emitter, event, payload));
    for (const listener of emitter.listeners(event)) this.#call(event, () => listener.call(emitter, payload));
  }

  #call(event: string, listener: () => unknown): void {
    try {
      const result = listener();
      // A promise of another realm, such as that of a jest environment, is no instance of this one's.
      if (types.isPromise(result)) result.then(undefined, (error: unknown) => this.#report(event, error));
    } catch (error) {
      this.#report(event, error);
    }
  }

  /** Never throws: it is called for rejections, and one that fails again has nobody to wait for it. */
  #report(event: string, error: unknown): void {
    try {
      this.#logger.error(`A listener of "${event}" failed`, detailOf(error));
    } catch {
      // The application's logger is broken: there is nothing left to say it with.
    }
  }
}

/** Not `String()`: that throws for objects without a prototype, and runs what the object brings along. */
function detailOf(error: unknown): string | undefined {
  try {
    return error instanceof Error ? error.stack : inspect(error, { customInspect: false });
  } catch {
    return 'What it threw cannot be shown';
  }
}
