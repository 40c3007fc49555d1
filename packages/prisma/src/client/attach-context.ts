import { assertRestrictedRole, type WireSettings } from '@nestarc/postgres';
import { adoptAdapter } from '../adapter/adopt-adapter';
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

const attached = new WeakSet<object>();

/**
 * Attaches a Prisma client to the request context: its statements carry the context they were called in, batches of
 * different contexts stay apart, and typed errors reach the caller. Takes effect on the client itself and on everything
 * extended from it; attaching twice changes nothing.
 *
 * @param client - a Prisma client that is not connected yet
 * @param options - see {@link AttachOptions}
 * @throws PrismaInternalsError for a version of Prisma that is built differently
 * @throws UnsupportedAdapterError for a client without the `PrismaPg` adapter
 */
export function attachContext(client: unknown, options: AttachOptions = {}): void {
  const internals = internalsOf(client);
  if (attached.has(internals)) return;
  adoptAdapter(internals._engineConfig.adapter, {
    pool: { settings: options.settings, onMissingTenant: options.onMissingTenant },
    onConnect: async (pool) => {
      if (options.dangerouslyAllowPrivilegedRole !== true) await assertRestrictedRole(pool);
    },
    warn: options.warn ?? ((message) => process.emitWarning(message, 'NestarcWarning')),
  });
  captureContextAtCall(internals);
  separateBatchesByContext(internals);
  passTypedFailures(internals);
  if (options.onOperation !== undefined) hookOperations(internals, options.onOperation);
  attached.add(internals);
}
