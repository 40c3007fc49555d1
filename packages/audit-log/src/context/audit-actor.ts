import { NestarcError, type Actor } from '@nestarc/core';

/** Kinds of actors that have a meaning of their own; others may be used as well. */
export type AuditActorType = 'user' | 'system' | 'api_key' | (string & Record<never, never>);

/** Who acts, as the audit log records it. */
export interface AuditActor {
  /** Identifier, unique within its type; null where nobody is known: only the address is recorded then. */
  readonly id: string | null;
  /** What kind of actor it is. */
  readonly type: AuditActorType;
  /** Address that the request came from. Defaults to none. */
  readonly ip?: string | undefined;
  /** Whom the actor stands in for, such as the user a supporter is logged in as. Defaults to nobody. */
  readonly onBehalfOf?: Actor | undefined;
}

/** Thrown for what is no actor: nobody is recorded rather than somebody else. */
export class AuditActorInvalidError extends NestarcError {
  /** @param what - what was found instead, without its content */
  constructor(what: string) {
    super(
      `Expected an actor { id: string | null, type: string, ip?: string, onBehalfOf?: { id, type } }, found ${what}`,
      {
        code: 'AUDIT_ACTOR_INVALID',
      },
    );
  }
}

/**
 * Checks what somebody says about who acts. Numbers are taken for ids: that is what the keys of many tables are.
 *
 * @param value - what was said
 * @returns the actor; null when there is none
 * @throws AuditActorInvalidError when it is none
 */
export function auditActorOf(value: unknown): AuditActor | null {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'object') throw new AuditActorInvalidError(`a ${typeof value}`);
  const { id, type, ip, onBehalfOf } = value as Readonly<Record<string, unknown>>;
  const named = id === undefined || id === null || id === '' ? null : idOf(id);
  if (typeof type !== 'string' || type === '') throw new AuditActorInvalidError(`the type of a ${typeof type}`);
  if (ip !== undefined && ip !== null && typeof ip !== 'string') {
    throw new AuditActorInvalidError(`an ip of a ${typeof ip}`);
  }
  return Object.freeze({
    id: named,
    type,
    ...(typeof ip === 'string' ? { ip } : {}),
    ...(onBehalfOf === undefined || onBehalfOf === null ? {} : { onBehalfOf: principalOf(onBehalfOf) }),
  });
}

function principalOf(value: unknown): Actor {
  const found = auditActorOf(value);
  if (found?.id == null) throw new AuditActorInvalidError('an onBehalfOf without an id');
  return Object.freeze({ id: found.id, type: found.type });
}

function idOf(id: unknown): string {
  if (typeof id === 'string') return id;
  if (typeof id === 'number' || typeof id === 'bigint') return String(id);
  throw new AuditActorInvalidError(`an id of a ${typeof id}`);
}
