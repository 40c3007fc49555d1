import {
  bindContext,
  createContext,
  InvalidOptionsError,
  type NestarcError,
  runWithContext,
  TenantContextMissingError,
} from '@nestarc/core';
import { Pool, type PoolClient, type PoolConfig } from 'pg';
import { PoolExhaustedError } from '../errors/pool-exhausted.error';
import { UnsupportedStatementError } from '../errors/unsupported-statement.error';
import { transactionVerb } from '../wire/transaction-verb';
import { Preamble } from '../wire/preamble';
import { resolveWireSettings, type WireSettings } from '../wire/wire-settings';
import { checkRelease } from './checked-release';
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
  done: (release?: boolean | Error) => void,
) => void;

/** For statements that set a new connection up. */
const SETUP = createContext({ mode: 'bypass' });

/**
 * A `pg.Pool` that sends the current request context to PostgreSQL in the same round trip as each statement, and once
 * with the first query of a transaction. Without a tenant nothing is sent: the call is rejected with
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
    if (callback === undefined) return this.#checkOut();
    const bound = bindContext(callback);
    super.connect((error, client) => {
      if (client === undefined) return bound(error && typedConnectError(error), undefined, () => undefined);
      checkRelease(client);
      bound(undefined, client, (destroy) => client.release(destroy));
    });
  }

  /**
   * Lets listeners of `connect`, which set a new connection up before it has a user, run statements without a tenant.
   *
   * @param event - name of the event
   * @param args - what the listeners are called with
   */
  override emit(event: string | symbol, ...args: unknown[]): boolean {
    return event === 'connect'
      ? runWithContext(SETUP, () => super.emit(event as 'connect', ...(args as [never])))
      : super.emit(event, ...(args as [never]));
  }

  async #checkOut(): Promise<PoolClient> {
    try {
      const client = await super.connect();
      checkRelease(client);
      return client;
    } catch (error) {
      throw typedConnectError(error as Error);
    }
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

function typedConnectError(error: Error): Error {
  return error.message === 'timeout exceeded when trying to connect' ? new PoolExhaustedError({ cause: error }) : error;
}

type AnyQuery = (this: Pool, ...args: readonly unknown[]) => unknown;

const { query: poolQuery } = Pool.prototype as unknown as { readonly query: AnyQuery };

/**
 * Assigned and not overridden, so that pg's eight overloads stay the method's type. What cannot run is refused here already,
 * because pg throws away the connection of a failed statement and would have to open another.
 */
ContextPool.prototype.query = function (this: ContextPool, ...args: readonly unknown[]): unknown {
  const error = refusal(this, args[0]);
  if (error === undefined) return poolQuery.call(this, ...args);
  const done = args.findLast((arg): arg is (reason: Error) => void => typeof arg === 'function');
  if (done === undefined) return Promise.reject(error);
  process.nextTick(done, error);
  return undefined;
} as Pool['query'];

function refusal(pool: ContextPool, config: unknown): NestarcError | undefined {
  if (!pool.hasContext()) return new TenantContextMissingError();
  const text = typeof config === 'string' ? config : (config as { text?: unknown } | null | undefined)?.text;
  if (typeof text !== 'string') return undefined;
  const verb = transactionVerb(text);
  if (verb === 'none') return undefined;
  return new UnsupportedStatementError(
    'pool.query() runs each statement on a connection of its own: use pool.connect() and run the transaction on its client',
  );
}
