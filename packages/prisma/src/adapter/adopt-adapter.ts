import { InvalidOptionsError, isNestarcError } from '@nestarc/core';
import { ContextPool, type ContextPoolConfig } from '@nestarc/postgres';
import type { DatabaseCheck } from '../client/database-checks';
import { Pool, type PoolConfig } from 'pg';
import { UnsupportedAdapterError } from '../errors/unsupported-adapter.error';

/** The factory that `new PrismaPg(…)` makes, as @prisma/adapter-pg 6.16 to 7.10 keep it. */
interface PgAdapterFactory {
  readonly adapterName: string;
  /** Options of `pg.Pool`, or a connection string; also a pool made by another copy of pg than the adapter's own. */
  readonly config: PoolConfig | string;
  externalPool: Pool | null;
  options?: { readonly disposeExternalPool?: boolean } | undefined;
  connect(): Promise<unknown>;
}

/** What to do while an adapter is taken over. */
export interface AdoptOptions {
  /** Options of the pool beyond those of pg. */
  readonly pool: Pick<ContextPoolConfig, 'settings' | 'onMissingTenant'>;
  /** Looks at the database before it is used, and refuses one whose tenants would not be apart. */
  readonly check: DatabaseCheck;
  /**
   * Told once about something the user should change.
   *
   * @param message - what to change
   */
  readonly warn: (message: string) => void;
}

/**
 * Makes a client's stock `PrismaPg` adapter run on a context-carrying pool, so that users keep constructing their client
 * as Prisma documents it. Takes effect when the client connects.
 *
 * @param factory - the `adapter` the client was constructed with
 * @param options - see {@link AdoptOptions}
 * @throws {@link UnsupportedAdapterError} for any other adapter, or one that is built differently
 * @throws InvalidOptionsError for a `ContextPool` that sends the tenant under another name
 */
export function adoptAdapter(factory: unknown, options: AdoptOptions): void {
  if (!isPgAdapterFactory(factory)) throw new UnsupportedAdapterError(factory);
  if (isAdoptedAlready(factory, options)) return;
  const given = givenPool(factory);
  if (given instanceof ContextPool) {
    const connect = factory.connect.bind(factory);
    refuseOtherSetting(given, options.pool.settings?.tenant);
    factory.externalPool = given;
    factory.connect = async () => {
      connected.add(factory);
      await checkDatabase(given, options.check);
      return connect();
    };
    return;
  }
  if (given !== null) options.warn(USES_OWN_POOL);
  const config = given === null ? poolConfig(factory.config) : optionsOf(given);
  factory.connect = () => {
    connected.add(factory);
    return connectWithOwnPool(factory, { ...config, ...options.pool }, options.check);
  };
}

const connected = new WeakSet();

/**
 * Tells whether a client has connected through an adapter since that was taken over.
 *
 * @param factory - the `adapter` the client was constructed with
 */
export function hasConnected(factory: unknown): boolean {
  return typeof factory === 'object' && factory !== null && connected.has(factory);
}

/** The adapter recognises a pool by the class of its own copy of pg, and takes one of another copy for options. */
function givenPool({ externalPool, config }: PgAdapterFactory): Pool | null {
  return externalPool ?? (config instanceof Pool ? config : null);
}

/** The adapter of Prisma 6 hands a connection string to `pg.Pool`, which expects options. */
function poolConfig(config: PoolConfig | string): PoolConfig {
  return typeof config === 'string' ? { connectionString: config } : config;
}

const USES_OWN_POOL =
  'PrismaPg was given a pg.Pool, which cannot carry the tenant: the client opens a pool of its own with the same options. ' +
  'Pass `new ContextPool(…)` from @nestarc/postgres to share one pool.';

/**
 * Each connect() gets a pool, and a view of the factory, of its own: Prisma ends the pool on $disconnect, through the
 * factory, and two clients may share a factory.
 */
async function connectWithOwnPool(
  factory: PgAdapterFactory,
  config: ContextPoolConfig,
  check: DatabaseCheck,
): Promise<unknown> {
  const pool = new ContextPool(config);
  // The adapter listens from its connect() on; a connection that breaks before must not end the process.
  pool.on('error', () => undefined);
  try {
    await checkDatabase(pool, check);
  } catch (error) {
    await pool.end();
    throw error;
  }
  const options = { ...factory.options, disposeExternalPool: true };
  const view = Object.create(factory, {
    externalPool: { value: pool, writable: true },
    options: { value: options },
  }) as PgAdapterFactory;
  return (Object.getPrototypeOf(factory) as PgAdapterFactory).connect.call(view);
}

const adopted = new WeakMap<PgAdapterFactory, string>();

/** Two clients may share a factory, if they want the same of it. */
function isAdoptedAlready(factory: PgAdapterFactory, options: AdoptOptions): boolean {
  const key = JSON.stringify([options.pool, options.check.name]);
  const before = adopted.get(factory);
  adopted.set(factory, before ?? key);
  if (before === undefined || before === key) return before !== undefined;
  const message = 'is shared with a client that was attached with other options';
  throw new InvalidOptionsError('attachContext', [{ path: 'adapter', message }]);
}

/**
 * Where the database cannot be reached, that is for the first statement to report, in Prisma's words; the database is looked
 * at on the first connection then.
 */
async function checkDatabase(pool: ContextPool, check: DatabaseCheck): Promise<void> {
  try {
    await check.run(pool);
  } catch (error) {
    if (isNestarcError(error)) throw error;
    pool.options.verify = (client, done) => {
      check.run(client).then(() => {
        pool.options.verify = undefined;
        done();
      }, done);
    };
  }
}

/** A pool that sends the tenant under another name than the one asked for would leave the policies without it. */
function refuseOtherSetting(pool: ContextPool, tenant: string | undefined): void {
  if (tenant === undefined || pool.settings.tenant === tenant) return;
  const message = `is "${tenant}", but the client's ContextPool sends the tenant as "${pool.settings.tenant}"`;
  throw new InvalidOptionsError('attachContext', [{ path: 'settings.tenant', message }]);
}

/** pg hides the secrets of a pool's options from enumeration, so a plain copy would lose them. */
function optionsOf(pool: Pool): PoolConfig {
  const { password, ssl } = pool.options;
  return { ...pool.options, password, ssl };
}

/**
 * Recognises the adapter that {@link adoptAdapter} takes over.
 *
 * @param value - the `adapter` a client was constructed with
 */
export function isPgAdapterFactory(value: unknown): value is PgAdapterFactory {
  const factory = value as Partial<PgAdapterFactory> | null | undefined;
  return (
    factory?.adapterName === '@prisma/adapter-pg' &&
    typeof factory.connect === 'function' &&
    ((typeof factory.config === 'object' && factory.config !== null) || typeof factory.config === 'string') &&
    (factory.externalPool === null || factory.externalPool instanceof Pool)
  );
}
