import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { InvalidOptionsError } from '@nestarc/core';
import { describe, expect, it } from 'vitest';
import { jwtProof, type JwtProofOptions } from '../../src/jwt';
import { base, expected, ISSUER, AUDIENCE, SECRET } from './tokens';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const small = generateKeyPairSync('rsa', { modulusLength: 1024 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = (one: KeyObject, type: 'spki' | 'pkcs8'): string => String(one.export({ type, format: 'pem' }));
const jwksUri = 'https://id.example.com/keys';
const key = (): undefined => undefined;

describe('jwtProof', () => {
  it.each<[string, unknown, string]>([
    ['no key', expected, '(options): expected one of secret, publicKey, jwksUri, key'],
    ['two keys', { ...base, jwksUri }, 'jwksUri: expected only one of'],
    ['three keys', { ...base, jwksUri, key }, 'key: expected only one of'],
    ['a short secret', { ...base, secret: 'x'.repeat(31) }, 'secret: expected at least 32 bytes'],
    ['no secret', { ...base, secret: '' }, 'secret'],
    ['few bytes', { ...base, secret: new Uint8Array(31) }, 'secret: expected at least 32 bytes'],
    [
      'too short a secret for HS512',
      { ...base, secret: 'x'.repeat(63), algorithms: ['HS256', 'HS512'] },
      'secret: expected at least 64',
    ],
    [
      'a public key as the secret',
      { ...base, secret: pem(rsa.publicKey, 'spki') },
      'secret: is a key in PEM: give it as "publicKey"',
    ],
    ['a number as the secret', { ...base, secret: 7 }, 'secret'],
    ['the algorithm none', { ...base, algorithms: ['none'] }, 'algorithms[0]'],
    ['the algorithm NONE', { ...expected, jwksUri, algorithms: ['RS256', 'NONE'] }, 'algorithms[1]'],
    ['no algorithm', { ...base, algorithms: [] }, 'algorithms'],
    [
      'RS256 with a secret',
      { ...base, algorithms: ['HS256', 'RS256'] },
      'algorithms[1]: "RS256" does not work with a secret',
    ],
    [
      'HS256 with published keys',
      { ...expected, jwksUri, algorithms: ['HS256'] },
      'algorithms[0]: "HS256" does not work with public keys',
    ],
    [
      'HS256 with a public key',
      { ...expected, publicKey: rsa.publicKey, algorithms: ['RS256', 'HS256'] },
      'algorithms[1]',
    ],
    [
      'HS256 along with RS256',
      { ...expected, key, algorithms: ['RS256', 'HS256'] },
      'algorithms[1]: "HS256" must not be accepted along',
    ],
    [
      'ES256 with an RSA key',
      { ...expected, publicKey: rsa.publicKey, algorithms: ['ES256'] },
      'algorithms[0]: "ES256" does not work with this',
    ],
    ['RS256 with an EC key', { ...expected, publicKey: ec.publicKey, algorithms: ['RS256'] }, 'algorithms[0]'],
    [
      'a private key',
      { ...expected, publicKey: rsa.privateKey },
      'publicKey: expected the public key, not a private one',
    ],
    [
      'a private key as PEM',
      { ...expected, publicKey: pem(rsa.privateKey, 'pkcs8') },
      'publicKey: expected the public key, not a private',
    ],
    [
      'a private key as JWK',
      { ...expected, publicKey: rsa.privateKey.export({ format: 'jwk' }) },
      'publicKey: expected the public',
    ],
    ['an RSA key of 1024 bits', { ...expected, publicKey: small.publicKey }, 'publicKey: expected a key of RSA (2048'],
    [
      'a key of another curve',
      { ...expected, publicKey: generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey },
      'publicKey',
    ],
    ['a key for no signatures', { ...expected, publicKey: generateKeyPairSync('x25519').publicKey }, 'publicKey'],
    ['no PEM', { ...expected, publicKey: 'key' }, 'publicKey'],
    ['null for a key', { ...expected, publicKey: null }, 'publicKey'],
    ['a secret as JWK', { ...expected, publicKey: { kty: 'oct', k: 'eA' } }, 'publicKey'],
    ['keys over http', { ...expected, jwksUri: 'http://id.example.com/keys' }, 'jwksUri: expected a URL of https'],
    ['keys of a host that looks local', { ...expected, jwksUri: 'http://127.0.0.1.evil.example/' }, 'jwksUri'],
    ['keys of a file', { ...expected, jwksUri: 'file:///etc/keys' }, 'jwksUri'],
    ['keys of a URL with a password', { ...expected, jwksUri: 'https://a:b@id.example.com/' }, 'jwksUri'],
    ['keys of no URL', { ...expected, jwksUri: 'keys' }, 'jwksUri'],
    ['a resolver that is none', { ...expected, key: 'key' }, 'key: expected a function'],
    ['no issuer', { secret: SECRET, audience: AUDIENCE }, 'issuer: expected the issuer of the tokens'],
    ['no audience', { secret: SECRET, issuer: ISSUER }, 'audience: expected who the tokens are for'],
    ['an empty issuer', { ...base, issuer: '' }, 'issuer'],
    ['no issuers', { ...base, issuer: [] }, 'issuer'],
    ['an empty audience', { ...base, audience: ['a', ''] }, 'audience'],
    ['an issuer and any', { ...base, dangerouslyAllowAnyIssuer: true }, 'issuer'],
    ['an audience and any', { ...base, dangerouslyAllowAnyAudience: true }, 'audience'],
    ['a claim objects inherit', { ...base, tenantClaim: '__proto__' }, 'tenantClaim'],
    ['no subject', { ...base, subjectClaim: '' }, 'subjectClaim'],
    ['no type of actor', { ...base, actorType: '' }, 'actorType'],
    ['a negative tolerance', { ...base, clockToleranceMs: -1 }, 'clockToleranceMs'],
    [
      'a tolerance of an hour',
      { ...base, clockToleranceMs: 3_600_000 },
      'clockToleranceMs: expected at most five minutes',
    ],
    ['a text for an age', { ...base, maxTokenAgeMs: '1h' }, 'maxTokenAgeMs'],
    ['no time for keys', { ...expected, jwksUri, jwks: { timeoutMs: 0 } }, 'jwks.timeoutMs'],
    ['a token', { ...base, token: 'x' }, 'token: expected a function'],
    ['an unknown option', { ...base, audiences: [] }, 'audiences'],
    ['nothing', undefined, '(options)'],
  ])('refuses %s at boot and names the option', (_what, options, message) => {
    const make = (): unknown => jwtProof(options as JwtProofOptions);
    expect(make).toThrow(InvalidOptionsError);
    expect(make).toThrow(message);
  });

  it.each<[string, JwtProofOptions]>([
    ['http on this machine', { ...expected, jwksUri: 'http://localhost:8080/keys' }],
    ['http on [::1]', { ...expected, jwksUri: new URL('http://[::1]/keys') }],
    ['HS256 from a resolver', { ...expected, key, algorithms: ['HS256', 'HS512'] }],
    ['PS384 of an RSA key', { ...expected, publicKey: rsa.publicKey, algorithms: ['PS384'] }],
  ])('takes %s', (_what, options) => {
    expect(jwtProof({ ...options, jwks: {} })).toMatchObject({ verified: true });
  });
});
