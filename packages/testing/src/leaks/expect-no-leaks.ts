import { setTimeout as sleep } from 'node:timers/promises';
import { ContextPool } from '@nestarc/postgres';
import type { Pool, PoolClient } from 'pg';
import { newSessions, sessionsOf, type ObservedDatabase, type Session } from './database-sessions';
import { HandleTracker, type Handle } from './handle-tracker';
import { LeakError, type Leak } from './leak';
import { settingsLeftOn } from './settings-left';

/** Where leaks are looked for. */
export interface LeakOptions {
  /** A database whose connections are looked at, such as a `TestDatabase`. Defaults to none. */
  readonly database?: ObservedDatabase | undefined;
  /**
   * Pools that stay open. Their idle connections are no leak; a client that was not given back, an open transaction and a
   * setting that stayed on a connection are. Defaults to none.
   */
  readonly pools?: readonly Pool[] | undefined;
  /** Names of settings that must not stay on a connection. Defaults to those of each `ContextPool`. */
  readonly settings?: readonly string[] | undefined;
  /** How long things may take to close after the work is done, in milliseconds. Defaults to 1,000. */
  readonly graceMs?: number | undefined;
  /**
   * Tells which leaks are expected. Defaults to none.
   *
   * @param leak - what was found
   */
  readonly ignore?: ((leak: Leak) => boolean) | undefined;
}

const GRACE_MS = 1_000;
const POLL_MS = 25;

/**
 * Runs work and tells what it left behind: timers, sockets and other handles that it, or what it started, has opened and
 * that keep the process alive; and, where a database or pools are given, connections, transactions and settings.
 *
 * @param work - the work
 * @param options - see {@link LeakOptions}
 * @returns what was left behind when the grace period was over
 * @throws whatever the work throws
 */
export async function detectLeaks(work: () => unknown, options: LeakOptions = {}): Promise<readonly Leak[]> {
  return (await observe(work, options)).leaks;
}

/**
 * Runs work and makes sure that it leaves nothing behind.
 *
 * @param work - the work
 * @param options - see {@link LeakOptions}
 * @returns what the work returned
 * @throws LeakError naming everything that was left
 * @throws whatever the work throws
 */
export async function expectNoLeaks<T>(work: () => T | PromiseLike<T>, options: LeakOptions = {}): Promise<T> {
  const { result, leaks } = await observe(work, options);
  if (leaks.length > 0) throw new LeakError(leaks);
  return result;
}

interface Observed<T> {
  readonly result: T;
  readonly leaks: readonly Leak[];
}

async function observe<T>(work: () => T | PromiseLike<T>, options: LeakOptions): Promise<Observed<T>> {
  const { database, graceMs = GRACE_MS, ignore = () => false } = options;
  const before = database === undefined ? [] : await sessionsOf(database);
  const pools = new ObservedPools(options.pools ?? []);
  const tracker = new HandleTracker();
  tracker.start();
  try {
    const result = await tracker.run(async () => await work());
    const deadline = performance.now() + graceMs;
    for (;;) {
      const found = [
        ...tracker.open((handle, stack) => pools.owns(handle, stack)),
        ...pools.clientsOut(),
        ...(await newSessionsOf(database, before, pools)),
      ];
      const leaks = found.filter((leak) => !ignore(leak));
      if (leaks.length === 0 || performance.now() >= deadline) {
        const settings = (await pools.settingsLeft(options.settings)).filter((leak) => !ignore(leak));
        return { result, leaks: [...leaks, ...settings] };
      }
      await sleep(POLL_MS);
    }
  } finally {
    tracker.stop();
    pools.stop();
  }
}

async function newSessionsOf(
  database: ObservedDatabase | undefined,
  before: readonly Session[],
  pools: ObservedPools,
): Promise<readonly Leak[]> {
  return database === undefined ? [] : newSessions(before, await sessionsOf(database), pools.processes);
}

/** The parts of a client of pg that tell its connection apart. */
interface ClientParts {
  readonly processID?: number | null;
  readonly connection?: { readonly stream?: object & { readonly _handle?: unknown } };
}

/** Knows which connections belong to pools that stay open. */
class ObservedPools {
  readonly #pools: readonly Pool[];
  readonly #clients = new Set<ClientParts>();
  readonly #remember = (client: PoolClient): void => void this.#clients.add(client);

  constructor(pools: readonly Pool[]) {
    this.#pools = pools;
    for (const pool of pools) pool.on('connect', this.#remember);
  }

  stop(): void {
    for (const pool of this.#pools) pool.off('connect', this.#remember);
  }

  /** A pool keeps the sockets of its connections, and a timer for each that is idle. */
  owns(handle: Handle, stack: string): boolean {
    if (this.#pools.length === 0) return false;
    if (handle.getpeername === undefined) return stack.includes('pg-pool');
    return [...this.#clients].some(({ connection }) => connection?.stream?._handle === handle);
  }

  get processes(): ReadonlySet<number> {
    return new Set([...this.#clients].flatMap(({ processID }) => processID ?? []));
  }

  clientsOut(): readonly Leak[] {
    return this.#pools.flatMap(({ totalCount, idleCount, waitingCount }): Leak[] => {
      const out = totalCount - idleCount;
      const released = out === 0 ? [] : [`${out} of ${totalCount} clients of a pool were not given back`];
      const waiting = waitingCount === 0 ? [] : [`${waitingCount} callers still wait for a client of a pool`];
      return [...released, ...waiting].map((message) => ({ kind: 'client', message }));
    });
  }

  async settingsLeft(names: readonly string[] | undefined): Promise<readonly Leak[]> {
    const leaks: Leak[] = [];
    for (const pool of this.#pools) {
      const looked = names ?? (pool instanceof ContextPool ? Object.values<string>({ ...pool.settings }) : []);
      const left = looked.length === 0 ? [] : await settingsLeftOn(pool, looked);
      for (const { name, value } of left) {
        leaks.push({ kind: 'context', message: `${name} is "${value}" on an idle connection of a pool` });
      }
    }
    return leaks;
  }
}
