import { z } from 'zod';
import { isPossibleTenantId } from './propagated-tenant-id';
import type { TenantEnvelopeContent } from './tenant-envelope-content';

/** What an envelope says besides its content. */
export interface EnvelopeSeal {
  /** What it was sealed for. */
  readonly purpose: string;
  /** Whom it was sealed for. */
  readonly audience: string | undefined;
  /** When it was sealed, in milliseconds since 1970. */
  readonly issuedAtMs: number;
}

/** A purpose is a word, so that it reads well in options. */
export const PURPOSE = /^[a-z][a-z0-9_.-]{0,31}$/;

/** An audience is the name of a service or its address. */
export const AUDIENCE = /^[!-~]{1,255}$/;

const LABEL = /^[^\p{Cc}\p{Cs}]+$/u;
const label = z.string().max(255).regex(LABEL, 'expected 1 to 255 characters without control characters');

/** Tells whether a text can be carried as the id of a request; ids of requests may come from outside. */
export const isLabel = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= 255 && LABEL.test(value);

/** Schema of what is sealed; the tenant id is looked at before. */
export const envelopeContent = z.strictObject({
  tenantId: z.string(),
  actor: z.strictObject({ id: label, type: label }).optional(),
  requestId: label.optional(),
});

/** Short names, because an envelope is sent with every message. */
const payload = z.strictObject({
  iat: z.number().int().nonnegative(),
  pur: z.string().regex(PURPOSE),
  tid: z.custom<string>(isPossibleTenantId),
  aud: z.string().regex(AUDIENCE).optional(),
  act: z.tuple([label, label]).optional(),
  rid: label.optional(),
});

/**
 * Writes the payload of an envelope.
 *
 * @param content - what it tells
 * @param seal - what it says besides
 */
export function encodePayload({ tenantId, actor, requestId }: TenantEnvelopeContent, seal: EnvelopeSeal): string {
  return JSON.stringify({
    iat: seal.issuedAtMs,
    pur: seal.purpose,
    tid: tenantId,
    aud: seal.audience,
    act: actor === undefined ? undefined : [actor.type, actor.id],
    rid: requestId,
  });
}

/**
 * Reads the payload of an envelope.
 *
 * @param json - the payload
 * @returns what it tells, or `undefined` when it is not a payload
 */
export function decodePayload(json: string): (TenantEnvelopeContent & EnvelopeSeal) | undefined {
  const result = payload.safeParse(parseJson(json));
  if (!result.success) return undefined;
  const { iat, pur, tid, aud, act, rid } = result.data;
  const actor = act === undefined ? undefined : Object.freeze({ type: act[0], id: act[1] });
  return { tenantId: tid, actor, requestId: rid, purpose: pur, audience: aud, issuedAtMs: iat };
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
