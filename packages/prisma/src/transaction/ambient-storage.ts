import { NestarcError } from '@nestarc/core';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { AmbientClient } from './ambient-client';
import type { TransactionScope } from './transaction-scope';

/**
 * One client's entry in the chain of ambient transactions. A request may have one per client; an entry without a scope
 * stands for "outside of any", as afterCommit hooks and NOT_SUPPORTED run.
 */
export interface AmbientFrame {
  readonly client: AmbientClient;
  readonly scope: TransactionScope | undefined;
  readonly outer: AmbientFrame | undefined;
}

interface AmbientRegistry {
  readonly version: number;
  readonly storage: AsyncLocalStorage<AmbientFrame | undefined>;
  readonly clients: WeakMap<object, AmbientClient>;
}

/** Raised when frames, scopes or clients change in a way that another copy of this package could not work with. */
const REGISTRY_VERSION = 1;
const REGISTRY = Symbol.for('@nestarc/prisma:transaction');

/** Two copies of this package must see each other's transactions: the one would write outside of the other's. */
function openRegistry(): AmbientRegistry {
  const holder = globalThis as { [REGISTRY]?: AmbientRegistry };
  const registry = (holder[REGISTRY] ??= Object.freeze({
    version: REGISTRY_VERSION,
    storage: new AsyncLocalStorage<AmbientFrame | undefined>(),
    clients: new WeakMap<object, AmbientClient>(),
  }));
  if (registry.version === REGISTRY_VERSION) return registry;
  throw new NestarcError(
    'Two incompatible copies of @nestarc/prisma are loaded and would not see each other’s transactions. Run ' +
      '"npm ls @nestarc/prisma" and align the versions.',
    { code: 'PRISMA_VERSION_CONFLICT' },
  );
}

const { storage, clients } = openRegistry();

/** Attached clients, by their internals. */
export const ambientClients = clients;

/** Gives the chain of the running code. */
export const currentFrame = (): AmbientFrame | undefined => storage.getStore();

/**
 * Runs a function, and everything it starts, with a chain of its own; costs nothing where that is the chain already.
 *
 * @param frame - head of the chain
 * @param callback - the function
 */
export function inFrame<T>(frame: AmbientFrame | undefined, callback: () => T): T {
  return storage.getStore() === frame ? callback() : storage.run(frame, callback);
}

/**
 * Finds the scope that an operation of a client would join: of a chain whose innermost scope has ended, the one around it.
 *
 * @param client - the client
 * @param frame - head of the chain
 */
export function scopeIn(frame: AmbientFrame | undefined, client: AmbientClient): TransactionScope | undefined {
  for (let entry = frame; entry !== undefined; entry = entry.outer) {
    if (entry.client === client) return entry.scope?.live();
  }
  return undefined;
}

/**
 * Runs a function, and everything it starts, outside of any transaction of a client.
 *
 * @param client - the client
 * @param callback - the function
 */
export function outsideOf<T>(client: AmbientClient, callback: () => T): T {
  const outer = storage.getStore();
  if (scopeIn(outer, client) === undefined) return callback();
  return storage.run({ client, scope: undefined, outer }, callback);
}
