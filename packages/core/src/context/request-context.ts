import type { TenantId } from './tenant-id';

/** Who acts: a user, an API key, a job. */
export interface Actor {
  /** Identifier, unique within its type. */
  readonly id: string;
  /** Kind of actor, such as `user`, `api-key` or `job`. */
  readonly type: string;
}

/**
 * How statements are scoped: `tenant` needs a tenant and fails closed without one; `bypass` needs none and, because no
 * tenant is sent to PostgreSQL, row-level security shows it no tenant's rows.
 */
export type ContextMode = 'tenant' | 'bypass';

/** Who asks, decided once at the edge: an immutable snapshot that every layer down to PostgreSQL reads. */
export interface RequestContext {
  /** Identifier of the request, message or job run. */
  readonly requestId: string | undefined;
  /** The verified tenant; absent until it is known, and always absent in mode `bypass`. */
  readonly tenantId: TenantId | undefined;
  /** Who acts; absent until an authentication guard has told. */
  readonly actor: Actor | undefined;
  /** How statements are scoped. */
  readonly mode: ContextMode;
  /** Further PostgreSQL settings that the statements of this context carry, by name; see `withSettings`. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** What packages keep in the context; see `contextSlot`. */
  readonly slots?: Readonly<Record<symbol, unknown>> | undefined;
}

/** The fields a new context may be given; everything left out is absent, and the mode defaults to `tenant`. */
export type RequestContextInit = { readonly [K in keyof RequestContext]?: RequestContext[K] | undefined };

/**
 * Makes an immutable context.
 *
 * @param init - the known fields
 */
export function createContext(init: RequestContextInit = {}): RequestContext {
  const mode = init.mode ?? 'tenant';
  return Object.freeze({
    requestId: init.requestId,
    tenantId: mode === 'bypass' ? undefined : init.tenantId,
    actor: frozen(init.actor),
    mode,
    settings: frozen(init.settings),
    slots: frozen(init.slots),
  });
}

/**
 * Makes a context that differs from another one in what a patch says; without a difference it is the same one. Written out,
 * because it is done for every request, and spreading costs several times as much.
 *
 * @param context - the context
 * @param patch - the fields to set; one that is there and `undefined` is taken away
 */
export function amendedContext(context: RequestContext, patch: RequestContextInit): RequestContext {
  const mode = 'mode' in patch ? (patch.mode ?? 'tenant') : context.mode;
  const named = 'tenantId' in patch ? patch.tenantId : context.tenantId;
  const tenantId = mode === 'bypass' ? undefined : named;
  const requestId = 'requestId' in patch ? patch.requestId : context.requestId;
  const actor = 'actor' in patch ? patch.actor : context.actor;
  const settings = 'settings' in patch ? patch.settings : context.settings;
  const slots = 'slots' in patch ? patch.slots : context.slots;
  const sameIdentity = tenantId === context.tenantId && actor === context.actor && mode === context.mode;
  const sameRest = requestId === context.requestId && settings === context.settings && slots === context.slots;
  return sameIdentity && sameRest ? context : createContext({ requestId, tenantId, actor, mode, settings, slots });
}

/** Most come from another context, and need no copy. */
function frozen<T extends object>(value: T | undefined): T | undefined {
  return value === undefined || Object.isFrozen(value) ? value : Object.freeze({ ...value });
}
