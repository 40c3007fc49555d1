import { AsyncLocalStorage } from 'node:async_hooks';
import { NestarcError } from '../errors/nestarc.error';
import { type Actor, amendedContext, type RequestContext, type RequestContextInit } from './request-context';

/** What the AsyncLocalStorage holds: a cell, so that a guard can add what it learnt to the request already running. */
interface ContextScope {
  current: RequestContext | undefined;
}

interface ContextRegistry {
  readonly version: number;
  readonly storage: AsyncLocalStorage<ContextScope>;
}

/** Raised when the shape of the registry or of {@link RequestContext} changes incompatibly. */
const REGISTRY_VERSION = 1;
const REGISTRY = Symbol.for('@nestarc/core:context');

/** Thrown at load when another, incompatible copy of `@nestarc/core` already holds the context. */
export class IncompatibleCoreError extends NestarcError {
  constructor(found: unknown) {
    super(
      `Two incompatible copies of @nestarc/core are loaded: one speaks context version ${String(found)}, this one ` +
        `${REGISTRY_VERSION}. They would not see each other's tenant. Run "npm ls @nestarc/core" and align the versions.`,
      { code: 'CORE_VERSION_CONFLICT' },
    );
  }
}

/**
 * Every copy of this package in the process shares one storage, reached through the global symbol registry: with a
 * storage per copy, code that imports the second copy would silently see no tenant.
 */
function openRegistry(): AsyncLocalStorage<ContextScope> {
  const holder = globalThis as { [REGISTRY]?: ContextRegistry };
  const registry = (holder[REGISTRY] ??= Object.freeze({
    version: REGISTRY_VERSION,
    storage: new AsyncLocalStorage<ContextScope>(),
  }));
  if (registry.version !== REGISTRY_VERSION) throw new IncompatibleCoreError(registry.version);
  return registry.storage;
}

const storage = openRegistry();

/** Gives the context of the running request, or `undefined` outside of any. */
export function currentContext(): RequestContext | undefined {
  return storage.getStore()?.current;
}

/**
 * Runs a function, and everything it starts, in a context.
 *
 * @param context - the context to run in; `undefined` runs the function outside of any
 * @param callback - the function
 */
export function runWithContext<T>(context: RequestContext | undefined, callback: () => T): T {
  return storage.run({ current: context }, callback);
}

/** Thrown when a running request is given another tenant than the one it already has, or one although it does without. */
export class TenantAlreadySetError extends NestarcError {
  constructor() {
    super('The tenant of a running request cannot be changed; run the other work in a context of its own', {
      code: 'TENANT_ALREADY_SET',
    });
  }
}

/**
 * Adds to the context of the running request what a guard has just learnt, such as the tenant or the actor. Work already
 * started keeps the snapshot it was started with.
 *
 * @param patch - the fields to set
 * @returns the new snapshot; the same one where it says all that already
 * @throws {@link TenantAlreadySetError} when the request already has another tenant
 * @throws {@link NestarcError} `CONTEXT_NOT_OPEN` outside of any request
 */
export function amendContext(patch: RequestContextInit): RequestContext {
  const scope = storage.getStore();
  if (scope?.current === undefined) {
    throw new NestarcError('There is no running request to amend', { code: 'CONTEXT_NOT_OPEN' });
  }
  const { tenantId, mode } = scope.current;
  const settled = tenantId !== undefined || mode === 'bypass';
  if (settled && patch.tenantId !== undefined && patch.tenantId !== tenantId) throw new TenantAlreadySetError();
  return (scope.current = amendedContext(scope.current, patch));
}

/**
 * Takes back what was put into the context of the running request too early, as far as it is still there. Work already
 * started keeps the snapshot it was started with. Does nothing outside of any request.
 *
 * @param identity - the tenant and the actor that were put there
 */
export function withdrawIdentity(identity: Pick<RequestContextInit, 'tenantId' | 'actor'>): void {
  const scope = storage.getStore();
  if (scope?.current === undefined) return;
  const { tenantId, actor } = scope.current;
  scope.current = amendedContext(scope.current, {
    tenantId: tenantId === identity.tenantId ? undefined : tenantId,
    actor: isSameActor(actor, identity.actor) ? undefined : actor,
  });
}

function isSameActor(one: Actor | undefined, other: Actor | undefined): boolean {
  return one?.id === other?.id && one?.type === other?.type;
}

/** A running request, message or job, for code that comes back to it; opaque. */
export interface RunningContext {
  /** The type's own; never present. */
  readonly _running?: never;
}

/** Gives what is running, or `undefined` outside of any. */
export function runningContext(): RunningContext | undefined {
  return storage.getStore() as RunningContext | undefined;
}

/**
 * Runs a function in what was running before. What a guard has added since is seen, other than with a snapshot.
 *
 * @param running - what {@link runningContext} gave; `undefined` runs the function outside of any
 * @param callback - the function
 */
export function resumeContext<T>(running: RunningContext | undefined, callback: () => T): T {
  const scope = running as ContextScope | undefined;
  if (storage.getStore() === scope) return callback();
  return scope === undefined ? storage.exit(callback) : storage.run(scope, callback);
}

/**
 * Binds a callback to the context it is made in, for callers that invoke callbacks later, such as queues and pools. `this` is
 * whatever it is called on.
 *
 * @param callback - the function to bind
 */
export function bindContext<T, A extends unknown[], R>(
  callback: (this: T, ...args: A) => R,
): (this: T, ...args: A) => R {
  const running = runningContext();
  return function (...args) {
    return resumeContext(running, () => callback.apply(this, args));
  };
}
