import type { KeyObject } from 'node:crypto';

/** Algorithms of a shared secret, with the shortest secret each may have, in bytes (RFC 7518 §3.2). */
export const SECRET_BYTES = Object.freeze({ HS256: 32, HS384: 48, HS512: 64 });

/** Algorithms of a pair of keys. */
export const ASYMMETRIC = Object.freeze([
  ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const),
]);

/** Algorithm of a shared secret. */
export type SymmetricJwtAlgorithm = keyof typeof SECRET_BYTES;

/** Algorithm a token may be signed with; `none` is not among them. */
export type JwtAlgorithm = SymmetricJwtAlgorithm | (typeof ASYMMETRIC)[number];

/** What is accepted of a key whose kind is not known at boot, where nothing is configured. */
export const USUAL: readonly JwtAlgorithm[] = Object.freeze(['RS256', 'PS256', 'ES256', 'EdDSA']);

/**
 * Tells whether an algorithm is one of a shared secret.
 *
 * @param algorithm - the algorithm
 */
export function isSymmetric(algorithm: JwtAlgorithm): algorithm is SymmetricJwtAlgorithm {
  return Object.hasOwn(SECRET_BYTES, algorithm);
}

const OF_CURVE: Readonly<Record<string, JwtAlgorithm>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
};

/**
 * Gives the algorithms a public key can check, the usual ones first.
 *
 * @param key - the public key
 * @returns the algorithms; none for a kind of key, or a size, that tokens are not signed with
 */
export function algorithmsOf(key: KeyObject): readonly JwtAlgorithm[] {
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'rsa':
      // RFC 7518 §3.3: "A key of size 2048 bits or larger MUST be used".
      return modulusLength < 2048 ? [] : ['RS256', 'PS256', 'RS384', 'RS512', 'PS384', 'PS512'];
    case 'ec': {
      const algorithm = OF_CURVE[namedCurve ?? ''];
      return algorithm === undefined ? [] : [algorithm];
    }
    case 'ed25519':
      return ['EdDSA'];
    default:
      return [];
  }
}
