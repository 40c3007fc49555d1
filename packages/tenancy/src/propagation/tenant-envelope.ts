import { InvalidOptionsError, InvalidTenantIdError, resolveOptions } from '@nestarc/core';
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { TenantProofInvalidError } from '../errors/tenant-proof-invalid.error';
import { decodePayload, encodePayload, envelopeContent, type EnvelopeSeal, PURPOSE } from './envelope-payload';
import { isPossibleTenantId } from './propagated-tenant-id';
import type { TenantEnvelopeContent } from './tenant-envelope-content';
import {
  type ResolvedTenantEnvelopeOptions,
  resolveTenantEnvelopeOptions,
  type TenantEnvelopeOptions,
} from './tenant-envelope.options';

/** What an envelope told that was opened. */
export interface OpenedTenantEnvelope extends TenantEnvelopeContent {
  /** What it was sealed for. */
  readonly purpose: string;
  /** When it was sealed, in milliseconds since 1970. */
  readonly issuedAtMs: number;
}

/** Signs which tenant a message is for, so that only those who hold the key can say so. What it tells is not secret. */
export interface TenantEnvelope {
  /**
   * Signs.
   *
   * @param content - the tenant, and who acts
   * @param purpose - where it is to be used, such as `http` or `kafka`
   * @returns the sealed text: letters, digits, `-`, `_` and dots
   * @throws InvalidTenantIdError when the tenant id is not well formed
   * @throws InvalidOptionsError when another part of the content is not
   */
  seal(content: TenantEnvelopeContent, purpose: string): string;
  /**
   * Checks, and reads.
   *
   * @param text - the sealed text
   * @param purpose - what it must have been sealed for; one of several
   * @throws TenantProofInvalidError when it was not sealed for this purpose and audience with a known key, or is too old
   */
  open(text: string, purpose: string | readonly string[]): OpenedTenantEnvelope;
}

/** Longer than what seal() makes of the longest ids, and little to compute a signature over. */
const MAX_LENGTH = 5_120;
const VERSION = 'v1';
const SEALED = /^(v1\.([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]+))\.([A-Za-z0-9_-]{43})$/;

/**
 * Makes an envelope: HMAC-SHA-256 over `v1.<key id>.<payload>`.
 *
 * @param options - the keys, and for how long and for whom envelopes are good
 * @throws InvalidOptionsError naming the path of every refused option
 */
export function createTenantEnvelope(options: TenantEnvelopeOptions): TenantEnvelope {
  return new HmacTenantEnvelope(resolveTenantEnvelopeOptions(options));
}

/**
 * Tells whether a value can seal and open.
 *
 * @param value - anything
 */
export function isTenantEnvelope(value: unknown): value is TenantEnvelope {
  const { seal, open } = (value ?? {}) as Partial<TenantEnvelope>;
  return typeof seal === 'function' && typeof open === 'function';
}

/**
 * Tells whether a text claims to be an envelope, of this version or of another.
 *
 * @param text - the text
 */
export function looksSealed(text: string): boolean {
  return /^v\d+\./i.test(text);
}

class HmacTenantEnvelope implements TenantEnvelope {
  readonly #options: Omit<ResolvedTenantEnvelopeOptions, 'keys'>;
  /** Key objects of Node: printing one tells nothing of the secret. */
  readonly #keys: ReadonlyMap<string, KeyObject>;
  readonly #sealing: string;

  constructor({ keys, ...options }: ResolvedTenantEnvelopeOptions) {
    this.#options = options;
    this.#keys = new Map(keys.map(({ id, secret }) => [id, createSecretKey(Buffer.from(secret))]));
    this.#sealing = keys[0].id;
  }

  seal(content: TenantEnvelopeContent, purpose: string): string {
    if (!isPossibleTenantId(content.tenantId)) throw new InvalidTenantIdError();
    const checked = resolveOptions('TenantEnvelope.seal', envelopeContent, content);
    if (!PURPOSE.test(purpose)) {
      const message = 'expected a word such as "kafka"';
      throw new InvalidOptionsError('TenantEnvelope.seal', [{ path: 'purpose', message }]);
    }
    const json = encodePayload(checked, { purpose, audience: this.#options.audience, issuedAtMs: Date.now() });
    const signed = `${VERSION}.${this.#sealing}.${Buffer.from(json).toString('base64url')}`;
    return `${signed}.${this.#sign(signed, this.#sealing)}`;
  }

  open(text: string, purpose: string | readonly string[]): OpenedTenantEnvelope {
    const { audience, ...opened } = this.#authenticate(text);
    const purposes = typeof purpose === 'string' ? [purpose] : purpose;
    if (!purposes.includes(opened.purpose)) refuse('it was sealed for another purpose');
    if (audience !== this.#options.audience) refuse('it was sealed for another audience');
    this.#checkAge(opened);
    return Object.freeze(opened);
  }

  #authenticate(text: unknown): TenantEnvelopeContent & EnvelopeSeal {
    if (typeof text !== 'string') refuse('it is not a text');
    if (text.length > MAX_LENGTH) refuse('it is too long');
    const [, signed = '', id = '', payload = '', mac = ''] = SEALED.exec(text) ?? refuse('it is not of version 1');
    const expected = this.#sign(signed, id) ?? refuse('it names a key that is not known');
    // The texts are compared and not the bytes: the last of 43 characters has two spare bits, and would have four spellings.
    if (!timingSafeEqual(Buffer.from(expected), Buffer.from(mac))) refuse('its signature is wrong');
    return decodePayload(Buffer.from(payload, 'base64url').toString()) ?? refuse('its payload is not understood');
  }

  #sign(text: string, keyId: string): string | undefined {
    const key = this.#keys.get(keyId);
    return key && createHmac('sha256', key).update(text).digest('base64url');
  }

  #checkAge({ purpose, issuedAtMs }: EnvelopeSeal | OpenedTenantEnvelope): void {
    const ageMs = Date.now() - issuedAtMs;
    const { clockToleranceMs } = this.#options;
    if (ageMs < -clockToleranceMs) refuse('it was sealed in the future');
    const maxAgeMs = this.#options.maxAgeMsOf(purpose);
    if (maxAgeMs !== null && ageMs > maxAgeMs + clockToleranceMs) refuse('it is too old');
  }
}

function refuse(reason: string): never {
  throw new TenantProofInvalidError(new Error(`The envelope is refused: ${reason}`));
}
