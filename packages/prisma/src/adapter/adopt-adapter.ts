import { InvalidOptionsError } from '@nestarc/core';
import { ContextPool, type ContextPoolConfig } from '@nestarc/postgres';
import { Pool, type PoolConfig } from 'pg';
import { UnsupportedAdapterError } from '../errors/unsupported-adapter.error';

/** The factory that `new PrismaPg(…)` makes, as @prisma/adapter-pg 6.16 to 7.10 keep it. */
interface PgAdapterFactory {
  readonly adapterName: string;
  readonly config: PoolConfig;
  externalPool: Pool | null;
  options?: { readonly disposeExternalPool?: boolean } | undefined;
  connect(): Promise<unknown>;
}

/** What to do while an adapter is taken over. */
export interface AdoptOptions {
  /** Options of the pool beyond those of pg. */
  readonly pool: Pick<ContextPoolConfig, 'settings' | 'onMissingTenant'>;
  /**
   * Called with each new pool before the first statement; a rejection refuses the connection.
   *
   * @param pool - the pool
   */
  readonly onConnect: (pool: ContextPool) => Promise<void>;
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
  if (!isPgAdapterFactory(factory)) throw new UnsupportedAdapterError(adapterNameOf(factory));
  const connect = factory.connect.bind(factory);
  const given = factory.externalPool;
  if (given instanceof ContextPool) {
    refuseOtherSetting(given, options.pool.settings?.tenant);
    factory.connect = async () => {
      await options.onConnect(given);
      return connect();
    };
    return;
  }
  if (given !== null) {
    options.warn(
      'PrismaPg was given a pg.Pool, which cannot carry the tenant: the client opens a pool of its own with the same ' +
        'options. Pass `new ContextPool(…)` from @nestarc/postgres to share one pool.',
    );
  }
  const config = given === null ? factory.config : optionsOf(given);
  // A pool per connect(): Prisma ends it on $disconnect, and connecting again must not fall back to a stock pool.
  factory.connect = async () => {
    const pool = new ContextPool({ ...config, ...options.pool });
    try {
      await options.onConnect(pool);
    } catch (error) {
      await pool.end();
      throw error;
    }
    factory.externalPool = pool;
    factory.options = { ...factory.options, disposeExternalPool: true };
    return connect();
  };
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

function isPgAdapterFactory(value: unknown): value is PgAdapterFactory {
  const factory = value as Partial<PgAdapterFactory> | null | undefined;
  return (
    adapterNameOf(value) === '@prisma/adapter-pg' &&
    typeof factory?.connect === 'function' &&
    typeof factory.config === 'object' &&
    (factory.externalPool === null || factory.externalPool instanceof Pool)
  );
}

function adapterNameOf(value: unknown): string | undefined {
  const name = (value as Partial<PgAdapterFactory> | null | undefined)?.adapterName;
  return typeof name === 'string' ? name : undefined;
}
