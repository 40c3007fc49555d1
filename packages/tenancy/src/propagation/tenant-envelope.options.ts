import { resolveOptions } from '@nestarc/core';
import { z } from 'zod';
import { AUDIENCE, PURPOSE } from './envelope-payload';

/** A key that envelopes are signed with. */
export interface TenantEnvelopeKey {
  /** Name of the key, sent with each envelope: 1 to 64 letters, digits, `_` or `-`. */
  readonly id: string;
  /** The secret: at least 32 bytes, shared by the services that trust each other. */
  readonly secret: string | Uint8Array;
}

/** How old an envelope may be, in milliseconds; `null` for as old as it likes. */
export type EnvelopeMaxAgeMs = number | null;

/** Options of `createTenantEnvelope`. */
export interface TenantEnvelopeOptions {
  /** The keys. The first one seals; every one opens, so that keys can be exchanged one service at a time. */
  readonly keys: readonly TenantEnvelopeKey[];
  /** Name of the service, or group of services, that envelopes are for. Others refuse them. Defaults to none. */
  readonly audience?: string | undefined;
  /**
   * How old an envelope may be: for all purposes, or by purpose. Defaults to 5 minutes, and to `null` for `kafka`, `bull`
   * and `rmq`, where messages lie in queues.
   */
  readonly maxAgeMs?: EnvelopeMaxAgeMs | Readonly<Record<string, EnvelopeMaxAgeMs>> | undefined;
  /** How far the clocks of the services may be apart. Defaults to 5000. */
  readonly clockToleranceMs?: number | undefined;
}

const MIN_SECRET_BYTES = 32;
const DEFAULT_MAX_AGE_MS = 5 * 60_000;
const QUEUES: Readonly<Record<string, EnvelopeMaxAgeMs>> = { kafka: null, bull: null, rmq: null };

const isSecret = (value: unknown): value is string | Uint8Array =>
  (typeof value === 'string' && Buffer.byteLength(value) >= MIN_SECRET_BYTES) ||
  (value instanceof Uint8Array && value.byteLength >= MIN_SECRET_BYTES);

const maxAge = z.number().int().min(1).nullable();

const key = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected 1 to 64 letters, digits, "_" or "-"'),
  secret: z.custom<string | Uint8Array>(
    isSecret,
    `expected at least ${MIN_SECRET_BYTES} bytes, such as "openssl rand -base64 32" prints`,
  ),
});

const schema = z.strictObject({
  keys: z.tuple([key], key, 'expected at least one key').superRefine((keys, context) => {
    keys.forEach(({ id }, index) => {
      if (keys.findIndex((other) => other.id === id) < index) {
        context.addIssue({ code: 'custom', path: [index, 'id'], message: 'another key has this id' });
      }
    });
  }),
  audience: z.string().regex(AUDIENCE, 'expected 1 to 255 printable ASCII characters without spaces').optional(),
  maxAgeMs: z
    .union(
      [maxAge, z.record(z.string().regex(PURPOSE), maxAge)],
      'expected a number of milliseconds, null, or an object of them by purpose',
    )
    .optional(),
  clockToleranceMs: z.number().int().min(0).default(5_000),
});

/** The options as the envelope works with them. */
export interface ResolvedTenantEnvelopeOptions {
  /** The keys; the first one seals. */
  readonly keys: readonly [TenantEnvelopeKey, ...TenantEnvelopeKey[]];
  /** Whom envelopes are for. */
  readonly audience: string | undefined;
  /** How far clocks may be apart. */
  readonly clockToleranceMs: number;
  /** Tells how old an envelope of a purpose may be. */
  maxAgeMsOf(purpose: string): EnvelopeMaxAgeMs;
}

/**
 * Validates the options of an envelope and fills in the defaults.
 *
 * @param options - what the user passed
 * @throws InvalidOptionsError naming the path of every refused option
 */
export function resolveTenantEnvelopeOptions(options: TenantEnvelopeOptions): ResolvedTenantEnvelopeOptions {
  const { keys, audience, maxAgeMs, clockToleranceMs } = resolveOptions('createTenantEnvelope', schema, options);
  const same = typeof maxAgeMs === 'number' || maxAgeMs === null;
  const byPurpose = new Map(Object.entries({ ...QUEUES, ...(same ? {} : maxAgeMs) }));
  const maxAgeMsOf = (purpose: string): EnvelopeMaxAgeMs => {
    if (same) return maxAgeMs;
    const own = byPurpose.get(purpose);
    return own === undefined ? DEFAULT_MAX_AGE_MS : own;
  };
  return { keys, audience, clockToleranceMs, maxAgeMsOf };
}
