import { createPublicKey, KeyObject, type JsonWebKey, type webcrypto } from 'node:crypto';
import type { TenancyRequest } from '../request/tenancy-request';

/** A key that signatures are checked with. */
export type JwtKey = KeyObject | webcrypto.CryptoKey | JsonWebKey | Uint8Array;

/** The header of a token. Nothing of it is verified yet. */
export interface JwtHeader {
  /** The algorithm; one of those that are accepted. */
  readonly alg: string;
  /** Names the key. */
  readonly kid?: string | undefined;
  /** Whatever else the sender wrote. */
  readonly [parameter: string]: unknown;
}

/**
 * Finds the key a token is to be checked with; what throws stands for a failure on this side, and is answered with 503.
 *
 * @param header - header of the token, which the sender may have made up
 * @param request - the request
 * @returns the key, or `undefined` when there is none for such a token
 */
export type JwtKeyResolver = (
  header: JwtHeader,
  request: TenancyRequest,
) => JwtKey | undefined | Promise<JwtKey | undefined>;

/**
 * Reads a public key.
 *
 * @param value - PEM (SPKI, or a certificate), JWK, `KeyObject` or `CryptoKey`
 * @throws TypeError when it is no public key
 */
export function readPublicKey(value: unknown): KeyObject {
  const key = toKeyObject(value);
  if (key.type !== 'public') throw new TypeError(`expected the public key, not a ${key.type} one`);
  return key;
}

function toKeyObject(value: unknown): KeyObject {
  if (value instanceof KeyObject) return value;
  if (typeof value === 'string') {
    // Node would take the public half of it; but a private key has no place where tokens are only checked.
    if (value.includes('PRIVATE KEY')) throw new TypeError('expected the public key, not a private one');
    return createPublicKey(value);
  }
  if (typeof value !== 'object' || value === null) throw new TypeError('expected a public key');
  if ('algorithm' in value) return KeyObject.from(value as webcrypto.CryptoKey);
  if ('d' in value) throw new TypeError('expected the public key, not a private one');
  return createPublicKey({ key: value as JsonWebKey, format: 'jwk' });
}
