import { bindContext, InvalidOptionsError, type RequestContext, runWithContext } from '@nestarc/core';
import { Pool, type PoolClient, type PoolConfig } from 'pg';
import { PoolExhaustedError } from '../errors/pool-exhausted.error';
import { Preamble } from '../wire/preamble';
import { resolveWireSettings, type WireSettings } from '../wire/wire-settings';
import { checkRelease } from './checked-release';
import { ContextClient, type ContextClientOptions } from './context-client';
import { type CheckOut, runStatement } from './pool-statement';
import { StrandedClients } from './stranded-clients';
import { type OnMissingTenant, scopedContext, SETUP_CONTEXT } from './scoped-context';

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

/**
 * A `pg.Pool` that sends the current request context to PostgreSQL in the same round trip as each statement, and once
 * with the first query of a transaction. Without a tenant nothing is sent: the call is rejected with
 * `TenantContextMissingError`.
 */
export class ContextPool extends Pool {
  /** Names of the settings that carry the context. */
  readonly settings: WireSettings;
  readonly #onMissingTenant: OnMissingTenant;
  readonly #stranded: StrandedClients;

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
    const { onConnect } = poolConfig as { onConnect?: (client: unknown) => unknown };
    const stranded = new StrandedClients();
    const clientOptions: ContextClientOptions = {
      preamble: new Preamble(settings),
      onMissingTenant,
      onStranded: (client) => stranded.add(client),
    };
    // pg hands the whole configuration to the class it constructs clients with.
    super({
      ...poolConfig,
      ...(onConnect && { onConnect: (client: unknown) => runWithContext(SETUP_CONTEXT, () => onConnect(client)) }),
      ...clientOptions,
      Client: ContextClient,
    } as object);
    this.settings = settings;
    this.#onMissingTenant = onMissingTenant;
    this.#stranded = stranded;
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
    this.makeRoom();
    if (callback === undefined) return this.#checkOut();
    const bound = bindContext(callback);
    super.connect((error, client) => {
      if (client === undefined) return bound(error && typedConnectError(error), undefined, () => undefined);
      checkRelease(client);
      bound(undefined, client, (destroy) => client.release(destroy));
    });
  }

  /**
   * Lets listeners of `connect`, which set a new connection up before it has a user, run statements without a tenant. An
   * idle connection that breaks is replaced; it does not end the process where nobody listens for `error`. Of a client that
   * was given back the pool takes note, because who still holds on to it could come into another's transaction.
   *
   * @param event - name of the event
   * @param args - what the listeners are called with
   */
  override emit(event: string | symbol, ...args: unknown[]): boolean {
    if (event === 'acquire') (args[0] as ContextClient).hold(true);
    if (event === 'release') {
      (args[1] as ContextClient).hold(false);
      this.#stranded.delete(args[1] as ContextClient);
    }
    if (event === 'error' && this.listenerCount('error') === 0) return false;
    return event === 'connect'
      ? runWithContext(SETUP_CONTEXT, () => super.emit(event as 'connect', ...(args as [never])))
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
   * Takes a stranded client back when no connection is free.
   *
   * @internal
   */
  makeRoom(): void {
    if (this.idleCount === 0 && this.totalCount >= this.options.max) this.#stranded.takeBack(1);
  }

  /**
   * Ends the pool when every client was given back; stranded ones are taken back.
   *
   * @param callback - called at the end; without it a promise is returned
   */
  override end(): Promise<void>;
  override end(callback: () => void): void;
  override end(callback?: () => void): Promise<void> | void {
    this.#stranded.takeBack(Infinity);
    return callback === undefined ? super.end() : super.end(callback);
  }

  /**
   * The context a statement issued now would carry.
   *
   * @internal
   */
  currentScope(): RequestContext | undefined {
    return scopedContext(this.#onMissingTenant);
  }
}

function typedConnectError(error: Error): Error {
  return error.message === 'timeout exceeded when trying to connect' ? new PoolExhaustedError({ cause: error }) : error;
}

/** Assigned and not overridden, so that pg's eight overloads stay the method's type. */
ContextPool.prototype.query = function (this: ContextPool, ...args: readonly unknown[]): unknown {
  const checkOut: CheckOut = (done) => {
    this.makeRoom();
    checkOutOf.call(this, (error, client, release) => done(error && typedConnectError(error), client, release));
  };
  return runStatement(checkOut, this.currentScope(), args);
} as Pool['query'];

const { connect: checkOutOf } = Pool.prototype as unknown as {
  readonly connect: (this: Pool, ...args: Parameters<CheckOut>) => void;
};
