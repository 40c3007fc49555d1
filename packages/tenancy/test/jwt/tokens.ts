import { createHmac, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import * as jose6 from 'jose';
import * as jose5 from 'jose-5';
import { expect } from 'vitest';
import type { TenancyRequest, TenantEvidence } from '../../src';
import type { JoseLibrary } from '../../src/jwt/jose.library';
import type { JwtProofOptions } from '../../src/jwt';
import { createJwtProof } from '../../src/jwt/jwt-proof';
import type { VerifiedTenantSource } from '../../src/proof/verified-source';
import { bearing } from '../extractors/requests';

/** Both versions of the library that are accepted as a peer. */
export const LIBRARIES: readonly (readonly [name: string, jose: JoseLibrary])[] = [
  ['jose 6', jose6 as unknown as JoseLibrary],
  ['jose 5', jose5 as unknown as JoseLibrary],
];

export const ISSUER = 'https://id.example.com/';
export const AUDIENCE = 'https://api.example.com';
export const SECRET = randomBytes(64);

/** A pair of keys, with the public half as identity providers publish it. */
export interface Pair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: object;
}

const published = (pair: { privateKey: KeyObject; publicKey: KeyObject }, alg: string, kid: string): Pair => ({
  ...pair,
  jwk: { ...pair.publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' },
});

export const rsaPair = (kid: string): Pair =>
  published(generateKeyPairSync('rsa', { modulusLength: 2048 }), 'RS256', kid);
export const ecPair = (kid: string, namedCurve = 'P-256', alg = 'ES256'): Pair =>
  published(generateKeyPairSync('ec', { namedCurve }), alg, kid);
export const edPair = (kid: string): Pair => published(generateKeyPairSync('ed25519'), 'EdDSA', kid);

export const now = (): number => Math.floor(Date.now() / 1000);

/** Claims of a token that is as it should be. */
export const claims = (more: object = {}): Record<string, unknown> => ({
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'user-1',
  tenant_id: 'acme',
  iat: now(),
  exp: now() + 300,
  ...more,
});

const encode = (value: string | Buffer): string => Buffer.from(value).toString('base64url');

/** Puts a token together by hand, so that nothing refuses to make a bad one. `payload` is JSON text, or what becomes it. */
export function tokenOf(header: object, payload: object | string, signer: (input: Buffer) => Buffer): string {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const input = `${encode(JSON.stringify(header))}.${encode(body)}`;
  return `${input}.${encode(signer(Buffer.from(input)))}`;
}

export const hmac =
  (secret: string | Uint8Array, hash = 'sha256') =>
  (input: Buffer): Buffer =>
    createHmac(hash, secret).update(input).digest();

export const withKey =
  (key: KeyObject, hash: string | null = 'sha256') =>
  (input: Buffer): Buffer =>
    sign(hash, input, { key, dsaEncoding: 'ieee-p1363' });

/** A token of the shared secret. */
export const hs256 = (payload: object | string = claims(), header: object = {}): string =>
  tokenOf({ alg: 'HS256', typ: 'JWT', ...header }, payload, hmac(SECRET));

/** A token of an RSA key. */
export const rs256 = (pair: Pair, kid: string, payload: object | string = claims(), header: object = {}): string =>
  tokenOf({ alg: 'RS256', kid, ...header }, payload, withKey(pair.privateKey));

/** The options that every test begins with: a secret, an issuer, an audience. */
export const base: JwtProofOptions = { secret: SECRET, issuer: ISSUER, audience: AUDIENCE };

/** The same without the secret. */
export const expected: JwtProofOptions = { issuer: ISSUER, audience: AUDIENCE };

export const proofWith = (jose: JoseLibrary, options: JwtProofOptions = base): VerifiedTenantSource =>
  createJwtProof(options, () => jose);

export const prove = async (proof: VerifiedTenantSource, token: string): Promise<TenantEvidence | undefined> =>
  proof.prove(bearing(token) satisfies TenancyRequest);

/** Expects a token to be refused as bad, with a reason for the log that holds none of its claims. */
export async function expectInvalid(proof: VerifiedTenantSource, token: string, why?: RegExp): Promise<void> {
  const error: unknown = await prove(proof, token).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'TENANT_PROOF_INVALID', status: 401, message: 'The credentials are not valid' });
  const { cause } = error as { cause: Error };
  expect(cause).toBeInstanceOf(Error);
  expect(cause).not.toHaveProperty('payload');
  if (why !== undefined) expect(cause.message).toMatch(why);
}
