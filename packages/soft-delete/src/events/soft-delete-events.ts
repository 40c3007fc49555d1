import { originalClient } from '@nestarc/prisma';
import { inspect, types } from 'node:util';
import type { PurgedEvent } from './purged.event';
import { RestoredEvent } from './restored.event';
import { SoftDeletedEvent } from './soft-deleted.event';

/** What is announced. */
export type SoftDeleteEvent = SoftDeletedEvent | RestoredEvent | PurgedEvent;

/** Told of what was committed. */
export interface SoftDeleteEventListener {
  /**
   * Rows were deleted softly.
   *
   * @param event - which
   */
  emitSoftDeleted(event: SoftDeletedEvent): void;
  /**
   * Rows were restored.
   *
   * @param event - which
   */
  emitRestored?(event: RestoredEvent): void;
  /**
   * Rows were removed for good.
   *
   * @param event - which
   */
  emitPurged?(event: PurgedEvent): void;
}

/**
 * Those who are told of what a client deletes and restores. Kept per client and nowhere else: of two applications in one
 * process each hears of its own.
 */
export class SoftDeleteEvents {
  static readonly #byClient = new WeakMap<object, SoftDeleteEvents>();
  readonly #listeners = new Set<SoftDeleteEventListener>();

  private constructor() {
    // Made by of().
  }

  /**
   * Gives those of a client.
   *
   * @param client - a Prisma client, extended or not
   * @throws PrismaInternalsError when it is none
   */
  static of(client: unknown): SoftDeleteEvents {
    const original = originalClient(client);
    const known = this.#byClient.get(original);
    if (known !== undefined) return known;
    const made = new SoftDeleteEvents();
    this.#byClient.set(original, made);
    return made;
  }

  /**
   * Adds a listener; one that is there already is told once all the same.
   *
   * @param listener - the listener
   * @returns removes it
   */
  subscribe(listener: SoftDeleteEventListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * Tells everybody. Never throws: what is announced has been committed, and a listener's failure does not undo it.
   *
   * @param event - what happened; nothing is told of no rows
   */
  announce(event: SoftDeleteEvent): void {
    if (event.count === 0) return;
    for (const listener of this.#listeners) {
      try {
        const result: unknown = tell(listener, event);
        // A rejection that nobody waits for ends the process.
        if (types.isPromise(result)) result.then(undefined, warn);
      } catch (error) {
        warn(error);
      }
    }
  }
}

function tell(listener: SoftDeleteEventListener, event: SoftDeleteEvent): void {
  if (event instanceof SoftDeletedEvent) return listener.emitSoftDeleted(event);
  return event instanceof RestoredEvent ? listener.emitRestored?.(event) : listener.emitPurged?.(event);
}

function warn(error: unknown): void {
  process.emitWarning(`A listener of soft deletes failed: ${inspect(error, { customInspect: false })}`);
}
