import { Logger } from '@nestjs/common';
import { inspect } from 'node:util';

/**
 * The part of cache-manager's `Cache` that is the same in versions 5, 6 and 7, and all that is used of it. Not `wrap`,
 * whose options differ, and not many keys at once, which go by other names.
 */
export interface CacheStore {
  /**
   * Reads a value.
   *
   * @param key - its key
   * @returns the value; `undefined`, or `null` with some stores, when there is none
   */
  get(key: string): Promise<unknown>;
  /**
   * Writes a value.
   *
   * @param key - its key
   * @param value - the value
   * @param ttl - how long it is kept, in milliseconds; as long as the cache is set to where it is left out
   */
  set(key: string, value: unknown, ttl?: number): Promise<unknown>;
  /**
   * Removes a value.
   *
   * @param key - its key
   */
  del(key: string): Promise<unknown>;
}

const LOG_INTERVAL_MS = 60_000;

/** By store, because each module that uses the interceptor has one of its own. */
const lastLogged = new WeakMap<object, number>();

/** A store that may be slow or broken, without anybody having to wait for it or to fail with it. */
export class GuardedStore {
  static readonly #logger = new Logger('TenantCache');

  /**
   * @param store - the store
   * @param timeoutMs - how long it may take
   */
  constructor(
    readonly store: CacheStore,
    private readonly timeoutMs: number,
  ) {}

  /**
   * Works with the store, or does without it. What fails is logged, at most once a minute, without keys or values.
   *
   * @param work - the work
   * @returns what the work returns, or `undefined` when the store fails or is too slow
   */
  async attempt<T>(work: (store: CacheStore) => Promise<T>): Promise<T | undefined> {
    try {
      return await this.demand(work);
    } catch (error) {
      this.report('The cache fails; work goes on without it', error);
      return undefined;
    }
  }

  /**
   * Works with the store.
   *
   * @param work - the work
   * @throws what the store throws, or an error when it is too slow
   */
  async demand<T>(work: (store: CacheStore) => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(new Error(`The store did not answer within ${this.timeoutMs} ms`)),
        this.timeoutMs,
      );
    });
    try {
      return await Promise.race([work(this.store), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Logs, at most once a minute for a store. Never throws: nobody waits for an answer to be stored.
   *
   * @param what - what happens now
   * @param error - why
   */
  report(what: string, error: unknown): void {
    const now = Date.now();
    if (now - (lastLogged.get(this.store) ?? -Infinity) < LOG_INTERVAL_MS) return;
    lastLogged.set(this.store, now);
    try {
      GuardedStore.#logger.warn(`${what}: ${reasonOf(error)}`);
    } catch {
      // The application's logger is broken: there is nothing left to say it with.
    }
  }
}

/** Not `String()`, which throws for objects without a prototype; nor what is in an object, which may be a key or a value. */
function reasonOf(error: unknown): string {
  try {
    return error instanceof Error ? `${error.message}` : inspect(error, { depth: -1, customInspect: false });
  } catch {
    return 'what it threw cannot be shown';
  }
}
