import { InvalidOptionsError } from '@nestarc/core';
import type { WireSettings } from '@nestarc/postgres';
import { adoptAdapter } from '../adapter/adopt-adapter';
import { joinAmbientTransaction } from '../transaction/join-transaction';
import { captureContextAtCall } from './call-time-capture';
import { internalsOf } from './client-internals';
import { separateBatchesByContext } from './context-batching';
import { hookOperations, type OperationHook } from './operation-hook';
import { passTypedFailures } from './typed-failures';

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
 * @throws InvalidOptionsError for a client that is attached with other options
 * @throws PrismaInternalsError for a version of Prisma that is built differently
 * @throws UnsupportedAdapterError for a client without the `PrismaPg` adapter
 */
export function attachContext(client: unknown, options: AttachOptions = {}): void {
  const { settings, onMissingTenant = 'refuse', dangerouslyAllowPrivilegedRole = false } = options;
  const internals = internalsOf(client);
  const key = JSON.stringify([settings, onMissingTenant, dangerouslyAllowPrivilegedRole]);
  const before = attached.get(internals);
  if (before === key) return;
  if (before !== undefined) {
    const message = 'the client is attached already, with other options';
    throw new InvalidOptionsError('attachContext', [{ path: '', message }]);
  }
  adoptAdapter(internals._engineConfig.adapter, {
    pool: { settings, onMissingTenant },
    checkRole: !dangerouslyAllowPrivilegedRole,
    warn: options.warn ?? ((message) => process.emitWarning(message, 'NestarcWarning')),
  });
  captureContextAtCall(internals);
  joinAmbientTransaction(internals);
  separateBatchesByContext(internals);
  passTypedFailures(internals);
  if (options.onOperation !== undefined) hookOperations(internals, options.onOperation);
  attached.set(internals, key);
}
