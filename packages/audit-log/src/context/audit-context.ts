import { currentContext, type RequestContext } from '@nestarc/core';
import { type AuditActor, auditActorOf } from './audit-actor';
import { AuditMetadataInvalidError } from './audit-setting';
import { amendState, runWithState } from './audit-scope';
import { auditStateOf, type AuditState } from './audit-state';

/** What {@link AuditContext.run} puts into force, and {@link AuditContext.getStore} tells. */
export interface AuditContextStore {
  /** Who acts; null for nobody. */
  readonly actor: AuditActor | null;
  /** Records a marker that counts the rows, instead of what has changed. */
  readonly noAudit: boolean;
  /** Name that entries go by instead of `User.updated` and its like; what was done stays in `op`. Defaults to none. */
  readonly actionOverride?: string | undefined;
  /** Goes into the metadata of entries. Defaults to nothing. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Why something is done. Defaults to none. */
  readonly reason?: string | undefined;
  /** What ties entries of several requests together. Defaults to that in force, and then to the id of the request. */
  readonly correlationId?: string | undefined;
}

/**
 * What entries say beyond the change itself: who acts, why, and what for. Kept in the request context and sent along with
 * each statement that is called in it, so that it holds for raw SQL, for other clients that carry the context, and for work
 * that outlives its request.
 */
export class AuditContext {
  /**
   * Runs a function, and everything it starts, with a store in place of the one in force. The request and the tenant stay.
   *
   * @param store - see {@link AuditContextStore}
   * @param callback - the function; operations that it returns without waiting for them are recorded with the same
   * @throws AuditActorInvalidError and AuditMetadataInvalidError for a store that cannot be recorded
   */
  static run<T>(store: AuditContextStore, callback: () => T): T {
    const { noAudit, actionOverride, reason } = store;
    const actor = auditActorOf(store.actor);
    const metadata = metadataOf(store.metadata);
    return runWithState((before) => {
      const correlationId = store.correlationId ?? before.correlationId;
      return { actor, noAudit, actionOverride, reason, metadata, correlationId };
    }, callback);
  }

  /**
   * Runs a function, and everything it starts, as somebody else. The request, the correlation id, the reason and the metadata
   * stay; what it does is audited, and under its own verbs, even where a handler is not.
   *
   * @param actor - who acts; its `onBehalfOf` says for whom
   * @param callback - the function; operations that it returns without waiting for them are recorded as this actor's
   * @throws AuditActorInvalidError for what is no actor
   */
  static runAs<T>(actor: AuditActor, callback: () => T): T {
    const named = auditActorOf(actor);
    return runWithState(
      ({ reason, metadata, correlationId }) => ({ actor: named, noAudit: false, reason, metadata, correlationId }),
      callback,
    );
  }

  /** Gives what is in force here; `undefined` where nothing is. It is a copy: what changes it are the setters. */
  static getStore(): AuditContextStore | undefined {
    const context = currentContext();
    const state = auditStateOf(context);
    if (context === undefined || state === undefined) return undefined;
    const { noAudit, actionOverride, metadata, reason } = state;
    return Object.freeze({
      actor: actorIn(context, state),
      noAudit,
      actionOverride,
      metadata,
      reason,
      correlationId: state.correlationId ?? context.requestId,
    });
  }

  /** Tells who acts; null for nobody. */
  static getActor(): AuditActor | null {
    const context = currentContext();
    return context === undefined ? null : actorIn(context, auditStateOf(context));
  }

  /**
   * Says who acts from here on, in place of whoever did: for guards that know, and for messages that name their sender. Does
   * nothing outside of any request.
   *
   * @param actor - who acts; null for nobody
   * @throws AuditActorInvalidError for what is no actor
   */
  static setActor(actor: AuditActor | null): void {
    const named = auditActorOf(actor);
    amendState((state) => ({ ...state, actor: named, source: undefined }), true);
  }

  /** Tells whether only a marker is recorded here. */
  static isNoAudit(): boolean {
    return auditStateOf(currentContext())?.noAudit ?? false;
  }

  /** Gives the name that entries go by here, where it is not their verb. */
  static getActionOverride(): string | undefined {
    return auditStateOf(currentContext())?.actionOverride;
  }

  /**
   * Adds to the metadata of entries from here on, the last word last. Does nothing outside of any request.
   *
   * @param metadata - what is added, by key
   * @throws AuditMetadataInvalidError for what JSON cannot hold
   */
  static setMetadata(metadata: Readonly<Record<string, unknown>>): void {
    const added = metadataOf(metadata);
    amendState((state) => ({ ...state, metadata: Object.freeze({ ...state.metadata, ...added }) }));
  }

  /** Gives the metadata that entries have here. */
  static getMetadata(): Readonly<Record<string, unknown>> | undefined {
    return auditStateOf(currentContext())?.metadata;
  }

  /**
   * Says why something is done from here on. Does nothing outside of any request.
   *
   * @param reason - why
   */
  static setReason(reason: string): void {
    amendState((state) => ({ ...state, reason }));
  }

  /** Gives the reason that entries have here. */
  static getReason(): string | undefined {
    return auditStateOf(currentContext())?.reason;
  }

  /** Gives what ties the entries made here to those of other requests. */
  static getCorrelationId(): string | undefined {
    const context = currentContext();
    return auditStateOf(context)?.correlationId ?? context?.requestId;
  }
}

/** The actor of the request context may be another one by now: whoever put it there has proof. */
function actorIn({ actor }: RequestContext, state: AuditState | undefined): AuditActor | null {
  const asked = state?.source?.now();
  if (asked?.id != null) return asked;
  const told = asked ?? state?.actor ?? null;
  if (actor === undefined || (told?.id === actor.id && told.type === actor.type)) return told;
  return Object.freeze({ ...actor, ...(told?.ip === undefined ? {} : { ip: told.ip }) });
}

function metadataOf(metadata: unknown): Readonly<Record<string, unknown>> | undefined {
  if (metadata === undefined) return undefined;
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) {
    throw new AuditMetadataInvalidError(new TypeError('it is no object'));
  }
  return Object.freeze({ ...metadata });
}
