import { generateKeyPairSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { NestarcError } from '@nestarc/core';
import { describe, expect, it } from 'vitest';
import { jwtProof, type JwtKeyResolver, type JwtProofOptions } from '../../src/jwt';
import { bearing } from '../extractors/requests';
import { JwksServer, type Mood } from './jwks-server';
import {
  base,
  claims,
  ecPair,
  edPair,
  expected,
  expectInvalid,
  hmac,
  hs256,
  LIBRARIES,
  type Pair,
  proofWith,
  prove,
  rs256,
  rsaPair,
  SECRET,
  tokenOf,
  withKey,
} from './tokens';

const one = rsaPair('one');
const two = rsaPair('two');

describe.each(LIBRARIES)('keys, with %s,', (_name, jose) => {
  it('of every kind check the tokens of their algorithms', async () => {
    const kinds: [Pair, string, string | null][] = [
      [one, 'RS256', 'sha256'],
      [ecPair('k'), 'ES256', 'sha256'],
      [ecPair('k', 'P-384', 'ES384'), 'ES384', 'sha384'],
      [ecPair('k', 'P-521', 'ES512'), 'ES512', 'sha512'],
      [edPair('k'), 'EdDSA', null],
    ];
    for (const [pair, alg, hash] of kinds) {
      const proof = proofWith(jose, { ...expected, publicKey: pair.publicKey });
      const token = tokenOf({ alg }, claims(), withKey(pair.privateKey, hash));
      expect(await prove(proof, token), alg).toMatchObject({ tenantId: 'acme' });
      await expectInvalid(proof, hs256());
    }
    for (const [alg, hash] of [
      ['HS256', 'sha256'],
      ['HS384', 'sha384'],
      ['HS512', 'sha512'],
    ] as const) {
      const proof = proofWith(jose, { ...base, algorithms: [alg] });
      expect(await prove(proof, tokenOf({ alg }, claims(), hmac(SECRET, hash))), alg).toBeDefined();
      if (alg !== 'HS256') await expectInvalid(proof, hs256());
    }
  });

  it('may be given as PEM, JWK, KeyObject or CryptoKey', async () => {
    const { publicKey } = one;
    const crypto = await globalThis.crypto.subtle.importKey(
      'spki',
      publicKey.export({ type: 'spki', format: 'der' }),
      { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
      true,
      ['verify'],
    );
    const forms: JwtProofOptions['publicKey'][] = [
      publicKey,
      publicKey.export({ type: 'spki', format: 'pem' }) as string,
      publicKey.export({ format: 'jwk' }),
      crypto,
    ];
    for (const form of forms) {
      const proof = proofWith(jose, { ...expected, publicKey: form });
      expect(await prove(proof, rs256(one, 'x'))).toMatchObject({ tenantId: 'acme' });
      await expectInvalid(proof, rs256(two, 'x'));
    }
  });

  it('may be found for each token', async () => {
    const seen: unknown[] = [];
    const key: JwtKeyResolver = ({ kid, alg }, { headers }) => {
      seen.push([kid, alg, typeof headers['authorization']]);
      return kid === 'one'
        ? one.publicKey
        : kid === 'jwk'
          ? Promise.resolve(two.publicKey.export({ format: 'jwk' }))
          : undefined;
    };
    const proof = proofWith(jose, { ...expected, key });
    expect(await prove(proof, rs256(one, 'one'))).toMatchObject({ tenantId: 'acme' });
    expect(await prove(proof, rs256(two, 'jwk'))).toMatchObject({ tenantId: 'acme' });
    await expectInvalid(proof, rs256(one, 'jwk'));
    await expectInvalid(proof, rs256(one, 'unknown'), /no key for this token/);
    expect(seen[0]).toEqual(['one', 'RS256', 'string']);
  });

  it('that are found are not asked for where the algorithm is not accepted', async () => {
    const key = (): never => {
      throw new Error('asked');
    };
    await expectInvalid(
      proofWith(jose, { ...expected, key }),
      tokenOf({ alg: 'none' }, claims(), () => Buffer.alloc(0)),
    );
    await expectInvalid(proofWith(jose, { ...expected, key }), hs256());
  });

  it('that cannot be found are a failure of the server, unless the finder says what it is', async () => {
    const failing = (error: Error): Promise<unknown> =>
      prove(proofWith(jose, { ...expected, key: () => Promise.reject(error) }), rs256(one, 'one'));
    const down = new Error('directory down');
    await expect(failing(down)).rejects.toMatchObject({ code: 'TENANT_PROOF_UNAVAILABLE', status: 503, cause: down });
    await expect(failing(new NestarcError('no', { code: 'MINE', status: 401 }))).rejects.toMatchObject({
      code: 'MINE',
    });
  });

  it.each(['text', null, 7, true])('that are no keys check nothing: %j', async (found) => {
    const key = (() => found) as unknown as JwtKeyResolver;
    await expectInvalid(proofWith(jose, { ...expected, key }), rs256(one, 'one'));
  });

  it('of the wrong kind check nothing', async () => {
    const pem = Buffer.from(one.publicKey.export({ type: 'spki', format: 'pem' }));
    const bytes = proofWith(jose, { ...expected, key: () => pem });
    await expectInvalid(bytes, rs256(one, 'one'));
    const confused = proofWith(jose, { ...expected, key: () => one.publicKey, algorithms: ['HS256'] });
    await expectInvalid(confused, tokenOf({ alg: 'HS256' }, claims(), hmac(pem)));
  });
});

describe.each(LIBRARIES)('keys that are published, with %s,', (_name, jose) => {
  const remote = (server: JwksServer, jwks: JwtProofOptions['jwks'] = {}): ReturnType<typeof proofWith> =>
    proofWith(jose, { ...expected, jwksUri: server.uri, jwks });

  it('are fetched once, also by many requests at once', async () => {
    await using server = await JwksServer.start();
    server.keys = [one.jwk];
    const proof = remote(server);
    const tokens = Array.from({ length: 50 }, () => prove(proof, rs256(one, 'one')));
    expect(await Promise.all(tokens)).toHaveLength(50);
    expect(server.requests).toEqual(['/keys']);
  });

  it('are fetched when the first token comes, not at boot', async () => {
    await using server = await JwksServer.start();
    remote(server);
    await sleep(20);
    expect(server.requests).toEqual([]);
  });

  it('are followed when they rotate: a new one counts, and one taken back does not', async () => {
    await using server = await JwksServer.start();
    server.keys = [one.jwk];
    const proof = remote(server, { cooldownMs: 0, cacheMs: 150 });
    expect(await prove(proof, rs256(one, 'one'))).toBeDefined();
    await expectInvalid(proof, rs256(two, 'two'));
    server.keys = [one.jwk, two.jwk];
    expect(await prove(proof, rs256(two, 'two'))).toMatchObject({ tenantId: 'acme' });
    expect(await prove(proof, rs256(one, 'one'))).toBeDefined();
    server.keys = [two.jwk];
    await sleep(200);
    await expectInvalid(proof, rs256(one, 'one'));
    expect(await prove(proof, rs256(two, 'two'))).toBeDefined();
  });

  it('are not fetched again for every made-up key', async () => {
    await using server = await JwksServer.start();
    server.keys = [one.jwk];
    const proof = remote(server);
    await prove(proof, rs256(one, 'one'));
    for (let n = 0; n < 20; n += 1) await expectInvalid(proof, rs256(two, `made-up-${n}`));
    expect(server.requests).toHaveLength(1);
  });

  it('need no id where there is one, and an id where there are several', async () => {
    await using server = await JwksServer.start();
    server.keys = [one.jwk];
    const anonymous = rs256(one, 'one', claims(), { kid: undefined });
    expect(await prove(remote(server), anonymous)).toBeDefined();
    server.keys = [one.jwk, two.jwk];
    await expectInvalid(remote(server), anonymous);
  });

  it('that are secrets, or of other uses, check nothing', async () => {
    await using server = await JwksServer.start();
    server.keys = [
      { kty: 'oct', k: SECRET.toString('base64url'), kid: 'shared', alg: 'HS256' },
      { ...one.jwk, use: 'enc' },
    ];
    const proof = remote(server);
    await expectInvalid(proof, hs256(claims(), { kid: 'shared' }));
    await expectInvalid(proof, rs256(one, 'one'));
  });

  it.each<Mood>(['failing', 'confused', 'redirecting', 'silent', 'stalling'])(
    'that cannot be had from a server that is %s are a failure of this side, until they can',
    async (mood) => {
      await using server = await JwksServer.start();
      server.keys = [one.jwk];
      server.mood = mood;
      const proof = remote(server, { timeoutMs: 100, cooldownMs: 0 });
      const unavailable = { code: 'TENANT_PROOF_UNAVAILABLE', status: 503, cause: expect.any(Error) as Error };
      await expect(prove(proof, rs256(one, 'one'))).rejects.toMatchObject(unavailable);
      expect(server.requests).not.toContain('/elsewhere');
      server.mood = 'well';
      expect(await prove(proof, rs256(one, 'one'))).toMatchObject({ tenantId: 'acme' });
    },
  );

  it('that cannot be had because nobody listens are a failure of this side', async () => {
    const server = await JwksServer.start();
    const proof = remote(server);
    await server[Symbol.asyncDispose]();
    await expect(prove(proof, rs256(one, 'one'))).rejects.toMatchObject({ code: 'TENANT_PROOF_UNAVAILABLE' });
    await expectInvalid(proof, 'not.a.token!');
  });

  it('that are known go on working while a refresh fails', async () => {
    await using server = await JwksServer.start();
    server.keys = [one.jwk];
    const proof = remote(server, { timeoutMs: 100, cooldownMs: 0 });
    await prove(proof, rs256(one, 'one'));
    for (const mood of ['failing', 'silent'] as const) {
      server.mood = mood;
      await expect(prove(proof, rs256(two, 'two'))).rejects.toMatchObject({ status: 503 });
      expect(await prove(proof, rs256(one, 'one'))).toBeDefined();
    }
  });

  it('are not what is there when the answer has no keys', async () => {
    await using server = await JwksServer.start();
    const proof = remote(server);
    await expectInvalid(proof, rs256(one, 'one'));
    server.keys = ['x', null] as unknown as object[];
    await expect(prove(remote(server), rs256(one, 'one'))).rejects.toMatchObject({ status: 503 });
  });
});

describe('jwtProof', () => {
  it('uses the library that is installed', async () => {
    expect(await jwtProof(base).prove(bearing(hs256()))).toMatchObject({ tenantId: 'acme' });
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const token = tokenOf({ alg: 'EdDSA' }, claims(), withKey(privateKey, null));
    expect(await jwtProof({ ...expected, publicKey }).prove(bearing(token))).toMatchObject({ tenantId: 'acme' });
  });
});
