import { bindContext, InvalidOptionsError, TenantContextMissingError } from '@nestarc/core';
import { Pool, type PoolClient, type PoolConfig } from 'pg';
import { Preamble } from '../wire/preamble';
import { resolveWireSettings, type WireSettings } from '../wire/wire-settings';
import { ContextClient, type ContextClientOptions } from './context-client';
import { type OnMissingTenant, scopedContext } from './scoped-context';

/** Options of a {@link ContextPool}: those of `pg.Pool`, and the names of the settings that carry the context. */
export interface ContextPoolConfig extends Omit<PoolConfig, 'Client'> {
  /** Names of the PostgreSQL settings that differ from the defaults. */
  readonly settings?: Partial<WireSettings> | undefined;
  /**
   * What happens to a statement without a tenant, outside of mode `bypass`: `refuse` rejects it before anything is sent,
   * `bypass` runs it as in that mode, where row-level security shows no tenant's rows. Defaults to `refuse`.
   */
  readonly onMissingTenant?: 'refuse' | 'bypass' | undefined;
}

type ConnectCallback = (
  error: Error | undefined,
  client: PoolClient | undefined,
  done: (release?: unknown) => void,
) => void;

/**
 * A `pg.Pool` that sends the current request context to PostgreSQL in the same round trip as each statement, and once
 * behind BEGIN inside a transaction. Without a tenant nothing is sent: the call is rejected with
 * `TenantContextMissingError`.
 */
export class ContextPool extends Pool {
  /** Names of the settings that carry the context. */
  readonly settings: WireSettings;
  readonly #onMissingTenant: OnMissingTenant;

  /**
   * @param config - options of `pg.Pool` and of this pool
   * @throws InvalidOptionsError for a setting name that is none
   */
  constructor(config: ContextPoolConfig = {}) {
    const { settings: names, onMissingTenant = 'refuse', ...poolConfig } = config;
    if ((poolConfig as { pipeline?: boolean }).pipeline === true) {
      const message = 'is not supported: the transaction status of a queued statement would not be known';
      throw new InvalidOptionsError('ContextPool', [{ path: 'pipeline', message }]);
    }
    const settings = resolveWireSettings(names);
    const clientOptions: ContextClientOptions = { preamble: new Preamble(settings), onMissingTenant };
    // pg hands the whole configuration to the class it constructs clients with.
    super({ ...poolConfig, ...clientOptions, Client: ContextClient } as object);
    this.settings = settings;
    this.#onMissingTenant = onMissingTenant;
  }

  /**
   * Checks out a client. A waiting caller is served when another releases, in that other's async context; so callbacks
   * are bound to the context of their own caller.
   *
   * @param callback - called with the client; without it a promise is returned
   */
  override connect(): Promise<PoolClient>;
  override connect(callback: ConnectCallback): void;
  override connect(callback?: ConnectCallback): Promise<PoolClient> | void {
    return callback === undefined ? super.connect() : super.connect(bindContext(callback));
  }

  /**
   * Tells whether a statement issued now would have a context.
   *
   * @internal
   */
  hasContext(): boolean {
    return scopedContext(this.#onMissingTenant) !== undefined;
  }
}

type AnyQuery = (this: Pool, ...args: readonly unknown[]) => unknown;

const { query: poolQuery } = Pool.prototype as unknown as { readonly query: AnyQuery };

/**
 * Assigned and not overridden, so that pg's eight overloads stay the method's type. A statement without a tenant is refused
 * here already, because pg throws away the connection of a failed statement and would have to open another.
 */
ContextPool.prototype.query = function (this: ContextPool, ...args: readonly unknown[]): unknown {
  if (this.hasContext()) return poolQuery.call(this, ...args);
  const error = new TenantContextMissingError();
  const done = args.findLast((arg): arg is (reason: Error) => void => typeof arg === 'function');
  if (done === undefined) return Promise.reject(error);
  process.nextTick(done, error);
  return undefined;
} as Pool['query'];
