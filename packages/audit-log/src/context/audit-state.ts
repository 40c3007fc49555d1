import { type Actor, contextSlot, type RequestContext, type RequestContextInit, slotValue } from '@nestarc/core';
import type { AuditActor } from './audit-actor';
import { AUDIT_CONTEXT_SETTING, encodeAuditContext } from './audit-setting';

/** What the audit log knows of a request beyond its context. Never changed: a statement keeps what it was called with. */
export interface AuditState {
  /** Who acts, as it was said here. The actor of the request context counts where that is another one. */
  readonly actor?: AuditActor | null | undefined;
  /** Tells who acts, until somebody has said so. */
  readonly source?: ActorSource | undefined;
  /** Whether only a marker is recorded. */
  readonly noAudit: boolean;
  /** The name that entries go by instead of their verb. */
  readonly actionOverride?: string | undefined;
  /** What goes into the metadata of entries. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Why something is done. */
  readonly reason?: string | undefined;
  /** What ties requests together; that of the request context where nothing else is said. */
  readonly correlationId?: string | undefined;
}

/** Tells who acts before that is settled: guards may write, too. */
export interface ActorSource {
  /** Gives who acts; null for nobody, `undefined` where it cannot be told at once. Does not throw. */
  readonly now: () => AuditActor | null | undefined;
}

/**
 * Kept in the request context, not in a storage of its own: an operation is bound to the context it is called in, and so to
 * the reason and the actor that were in force there, whoever awaits it.
 */
const SLOT = contextSlot<AuditState>('audit-log');

/** Nothing was said. */
export const NOTHING_SAID: AuditState = Object.freeze({ noAudit: false });

/**
 * Gives what a context knows for the audit log; `undefined` where nobody has opened that.
 *
 * @param context - the context
 */
export const auditStateOf = (context: RequestContext | undefined): AuditState | undefined =>
  context === undefined ? undefined : slotValue(SLOT, context);

/**
 * Gives what a context has to be amended by for its statements to say what a state says.
 *
 * @param context - the context
 * @param state - the state
 */
export function statePatch(context: RequestContext, state: AuditState): Pick<RequestContextInit, 'slots' | 'settings'> {
  return {
    slots: Object.freeze({ ...context.slots, [SLOT.key]: state }),
    settings: settingsWith(context, encodeAuditContext(state, context.requestId)),
  };
}

/**
 * Gives the actor of the request context that somebody stands for.
 *
 * @param actor - who acts
 */
export function coreActorOf(actor: AuditActor | null | undefined): Actor | undefined {
  return actor?.id == null ? undefined : Object.freeze({ id: actor.id, type: actor.type });
}

/**
 * Gives what a context has to be amended by once it is known who acts. Where that is nobody the actor of the context stays:
 * somebody else may have found out, and has proof.
 *
 * @param context - the context
 * @param state - its state, with the actor
 */
export function settledPatch(context: RequestContext, state: AuditState): RequestContextInit {
  const patch = statePatch(context, state);
  const actor = coreActorOf(state.actor);
  return actor === undefined ? patch : { ...patch, actor };
}

function settingsWith(
  { settings }: RequestContext,
  encoded: string | undefined,
): Readonly<Record<string, string>> | undefined {
  if (settings?.[AUDIT_CONTEXT_SETTING] === encoded) return settings;
  const { [AUDIT_CONTEXT_SETTING]: _before, ...others } = settings ?? {};
  if (encoded !== undefined) return Object.freeze({ ...others, [AUDIT_CONTEXT_SETTING]: encoded });
  return Object.keys(others).length === 0 ? undefined : Object.freeze(others);
}
