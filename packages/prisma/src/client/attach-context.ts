import { InvalidOptionsError } from '@nestarc/core';
import { resolveWireSettings, type WireSettings } from '@nestarc/postgres';
import { adoptAdapter, hasConnected, isPgAdapterFactory } from '../adapter/adopt-adapter';
import { UnsupportedAdapterError } from '../errors/unsupported-adapter.error';
import { scopeByTransaction } from '../fallback/transaction-per-operation';
import { joinAmbientTransaction } from '../transaction/join-transaction';
import { releaseEndedConnections } from '../transaction/release-ended-connection';
import { type ResolvedAttachOptions, resolveAttachOptions } from './attach-options.schema';
import { captureContextAtCall } from './call-time-capture';
import { type ClientInternals, internalsOf } from './client-internals';
import { separateBatchesByContext } from './context-batching';
import { type DatabaseCheck, databaseCheck } from './database-checks';
import { captureContextAtItxCall } from './itx-call-time-capture';
import { hookOperations, type OperationHook } from './operation-hook';
import { beneathOuterLayers, setOuterLayer } from './outer-layers';
import { refuseConnectedClient } from './refuse-connected-client';
import { refuseTransactionControl } from './transaction-control';
import { passTypedFailures } from './typed-failures';

/**
 * How the context reaches PostgreSQL. `pipelined` sends it with each statement in one round trip and needs the `PrismaPg`
 * adapter; `transaction` runs each operation in a transaction of its own, four round trips, on any client of PostgreSQL;
 * `auto` takes the first where it can.
 */
export type Transport = 'auto' | 'pipelined' | 'transaction';

/** How a client is attached to the context. */
export interface AttachOptions {
  /** Names of the PostgreSQL settings that differ from the defaults. */
  readonly settings?: Partial<WireSettings> | undefined;
  /** What happens to a statement without a tenant, see `ContextPoolConfig`. Defaults to `refuse`. */
  readonly onMissingTenant?: 'refuse' | 'bypass' | undefined;
  /**
   * Serves although the database role is a superuser, bypasses row-level security or owns the tables it reads. Defaults
   * to false. What is lost: PostgreSQL no longer stands between the tenants.
   */
  readonly dangerouslyAllowPrivilegedRole?: boolean | undefined;
  /**
   * Serves although the table of an implicit many-to-many relation between tenant tables is not under row-level security.
   * Defaults to false. What is lost: every tenant sees and deletes the links of all.
   */
  readonly dangerouslyAllowUnprotectedJoinTables?: boolean | undefined;
  /** How the context reaches PostgreSQL. Defaults to `auto`. */
  readonly transport?: Transport | undefined;
  /** Stands around every operation. Defaults to none. */
  readonly onOperation?: OperationHook | undefined;
  /**
   * Told once about something the user should change. Defaults to `process.emitWarning`.
   *
   * @param message - what to change
   */
  readonly warn?: ((message: string) => void) | undefined;
}

/** Which clients are attached, and how. */
const attached = new WeakMap<object, string>();

/**
 * Attaches a Prisma client to the request context: its statements carry the context they were called in, batches of
 * different contexts stay apart, and typed errors reach the caller. Takes effect on the client itself and on everything
 * extended from it; attaching again with the same options changes nothing.
 *
 * @param client - a Prisma client that is not connected yet
 * @param options - see {@link AttachOptions}
 * @throws InvalidOptionsError for options that are none, and for a client that is attached with other options
 * @throws PrismaInternalsError for a version of Prisma that is built differently
 * @throws UnsupportedAdapterError for a client of another database, or one without the `PrismaPg` adapter where that is
 *   asked for
 */
export function attachContext(client: unknown, options: AttachOptions = {}): void {
  const resolved = resolveAttachOptions(options);
  const internals = internalsOf(client);
  const check = databaseCheck(internals._runtimeDataModel, resolved);
  const key = JSON.stringify([resolved.settings, resolved.onMissingTenant, check.name, resolved.transport]);
  const before = attached.get(internals);
  if (before === key) return;
  if (before !== undefined) {
    const message = 'the client is attached already, with other options';
    throw new InvalidOptionsError('attachContext', [{ path: '', message }]);
  }
  beneathOuterLayers(internals, () => {
    scopeStatements(internals, resolved, check);
    releaseEndedConnections(internals._engineConfig.adapter);
    captureContextAtCall(internals);
    captureContextAtItxCall(internals);
    joinAmbientTransaction(internals);
    separateBatchesByContext(internals);
    passTypedFailures(internals);
    refuseTransactionControl(internals);
  });
  if (resolved.onOperation !== undefined) hookOperations(internals, resolved.onOperation);
  attached.set(internals, key);
  setOuterLayer(internals, 'requirement', undefined);
}

/**
 * Tells whether a Prisma client, or what it was extended from, is attached to the request context.
 *
 * @param client - the client
 * @throws PrismaInternalsError when it is none, or one that is built differently
 */
export function isAttached(client: unknown): boolean {
  return attached.has(internalsOf(client));
}

function scopeStatements(internals: ClientInternals, options: ResolvedAttachOptions, check: DatabaseCheck): void {
  const { settings, onMissingTenant, transport, warn } = options;
  const { adapter } = internals._engineConfig;
  if (transport === 'pipelined' || (transport === 'auto' && isPgAdapterFactory(adapter))) {
    adoptAdapter(adapter, { pool: { settings, onMissingTenant }, check, warn });
    refuseConnectedClient(internals, () => hasConnected(adapter));
    return;
  }
  if (internals._activeProvider !== 'postgresql') throw new UnsupportedAdapterError(adapter);
  if (transport === 'auto') warn(FALLS_BACK);
  scopeByTransaction(internals, { settings: resolveWireSettings(settings), onMissingTenant, check });
}

const FALLS_BACK =
  'This client does not use the PrismaPg adapter of @prisma/adapter-pg: every operation outside of a transaction runs in one ' +
  "of its own, in four round trips instead of one. Pass `transport: 'transaction'` to say that this is meant.";
