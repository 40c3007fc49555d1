import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VerifiedTenantSource } from '../../src/proof/verified-source';
import { seededRandom } from '../load/seeded-random';
import { JwksServer } from './jwks-server';
import {
  claims,
  ecPair,
  edPair,
  expected,
  expectInvalid,
  hmac,
  hs256,
  LIBRARIES,
  now,
  proofWith,
  prove,
  rs256,
  rsaPair,
  tokenOf,
  withKey,
} from './tokens';

const rsa = rsaPair('rsa-1');
const ec = ecPair('ec-1');
const stranger = rsaPair('rsa-1');
const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string;
const unsigned = (): Buffer => Buffer.alloc(0);

describe.each(LIBRARIES)('a forged token, with %s,', (_name, jose) => {
  let keys: JwksServer;
  let evil: JwksServer;
  let remote: VerifiedTenantSource;
  const fixed = proofWith(jose, { ...expected, publicKey: pem });
  const secret = proofWith(jose);

  beforeAll(async () => {
    keys = await JwksServer.start();
    keys.keys = [rsa.jwk, ec.jwk, edPair('ed-1').jwk];
    evil = await JwksServer.start();
    evil.keys = [stranger.jwk];
    remote = proofWith(jose, { ...expected, jwksUri: keys.uri });
  });
  afterAll(async () => {
    await keys[Symbol.asyncDispose]();
    await evil[Symbol.asyncDispose]();
  });

  const refusedByAll = async (token: string): Promise<void> => {
    for (const proof of [fixed, remote, secret]) await expectInvalid(proof, token);
  };

  it('would be taken if it were not forged', async () => {
    for (const proof of [fixed, remote]) {
      expect(await prove(proof, rs256(rsa, 'rsa-1'))).toMatchObject({ tenantId: 'acme' });
    }
    expect(await prove(secret, hs256())).toMatchObject({ tenantId: 'acme' });
    expect(await prove(remote, tokenOf({ alg: 'ES256', kid: 'ec-1' }, claims(), withKey(ec.privateKey)))).toBeDefined();
  });

  it.each(['none', 'None', 'NONE', 'nOnE', 'none ', '', 'hs256', 'HS256 ', 'RS1', null, 7, ['none'], {}])(
    'of the algorithm %j is refused, with and without a signature',
    async (alg) => {
      await refusedByAll(tokenOf({ alg, kid: 'rsa-1' }, claims(), unsigned));
      await refusedByAll(tokenOf({ alg, kid: 'rsa-1' }, claims(), withKey(rsa.privateKey)));
    },
  );

  it('without an algorithm is refused', async () => {
    await refusedByAll(tokenOf({ kid: 'rsa-1' }, claims(), withKey(rsa.privateKey)));
  });

  it('signed with the public key as a secret is refused', async () => {
    const spki = rsa.publicKey.export({ type: 'spki', format: 'der' });
    for (const text of [pem, pem.trim(), pem.replaceAll('\n', '\r\n'), spki, JSON.stringify(rsa.jwk)]) {
      await refusedByAll(tokenOf({ alg: 'HS256', kid: 'rsa-1' }, claims(), hmac(text)));
    }
  });

  it('signed with another key is refused, whatever it calls itself', async () => {
    await refusedByAll(rs256(stranger, 'rsa-1'));
    await refusedByAll(tokenOf({ alg: 'ES256', kid: 'ec-1' }, claims(), withKey(ecPair('x').privateKey)));
    await refusedByAll(tokenOf({ alg: 'EdDSA', kid: 'ed-1' }, claims(), withKey(edPair('x').privateKey, null)));
    await refusedByAll(tokenOf({ alg: 'HS256' }, claims(), hmac('')));
    await refusedByAll(tokenOf({ alg: 'RS512', kid: 'rsa-1' }, claims(), withKey(rsa.privateKey, 'sha512')));
    await expectInvalid(remote, tokenOf({ alg: 'RS256', kid: 'ec-1' }, claims(), withKey(rsa.privateKey)));
  });

  it('with other claims under an old signature is refused', async () => {
    const [header, , signature] = rs256(rsa, 'rsa-1').split('.');
    const payload = Buffer.from(JSON.stringify(claims({ tenant_id: 'victim' }))).toString('base64url');
    await refusedByAll(`${header}.${payload}.${signature}`);
    const [head, , mac] = hs256().split('.');
    await refusedByAll(`${head}.${payload}.${mac}`);
  });

  it('whose signature is cut, empty, or of zeros is refused', async () => {
    for (const token of [rs256(rsa, 'rsa-1'), hs256()]) {
      const [header = '', payload = '', signature = ''] = token.split('.');
      for (const cut of [signature.slice(0, -4), signature.slice(0, 1), '', `${signature}AAAA`]) {
        await refusedByAll(`${header}.${payload}.${cut}`);
      }
      await refusedByAll(
        `${header}.${payload}.${Buffer.alloc(Buffer.from(signature, 'base64url').length).toString('base64url')}`,
      );
    }
    // CVE-2022-21449: a signature of zeros passed for any ECDSA key.
    await refusedByAll(tokenOf({ alg: 'ES256', kid: 'ec-1' }, claims(), () => Buffer.alloc(64)));
  });

  it('that brings its own key, or says where to fetch it, is refused, and nothing is fetched', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    for (const header of [
      { jwk: stranger.jwk },
      { jwk: publicKey.export({ format: 'jwk' }) },
      { jku: evil.uri },
      { x5u: evil.uri },
      { x5c: [stranger.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')] },
      { jku: evil.uri, x5u: evil.uri, jwk: stranger.jwk, kid: undefined },
    ]) {
      await refusedByAll(rs256(stranger, 'rsa-1', claims(), header));
      // The same headers on a token of the right key change nothing.
      expect(await prove(remote, rs256(rsa, 'rsa-1', claims(), { ...header, kid: 'rsa-1' }))).toBeDefined();
    }
    expect(evil.requests).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['climbs', '../../../../dev/null'],
    ['is SQL', "x' UNION SELECT 'secret"],
    ['is a URL', 'http://127.0.0.1/evil'],
    ['is a prototype', '__proto__'],
    ['is a method', 'toString'],
    ['has a NUL', 'rsa-1\0'],
    ['is empty', ''],
    ['is long', 'k'.repeat(4000)],
    ['is a number', 0],
    ['is a list', ['rsa-1']],
    ['is an object', { toString: 'rsa-1' }],
    ['is null', null],
    ['is true', true],
  ])('whose key id %s finds no key', async (_what, kid) => {
    await expectInvalid(remote, tokenOf({ alg: 'RS256', kid }, claims(), withKey(stranger.privateKey)));
    await expectInvalid(remote, tokenOf({ alg: 'RS256', kid }, claims(), withKey(rsa.privateKey)));
    expect(new Set(keys.requests)).toEqual(new Set(['/keys']));
  });

  it('with extensions nobody knows, or a payload that is not encoded, is refused', async () => {
    for (const header of [
      { crit: ['exp'], exp: now() + 300 },
      { crit: ['http://example.com/x'], 'http://example.com/x': true },
      { crit: [] },
      { crit: 'b64', b64: false },
      { crit: ['b64'], b64: false },
      { crit: ['b64'], b64: 'false' },
    ]) {
      await refusedByAll(rs256(rsa, 'rsa-1', claims(), header));
      await expectInvalid(secret, hs256(claims(), header));
    }
    const raw = JSON.stringify(claims({ tenant_id: 'victim' }));
    const head = Buffer.from(JSON.stringify({ alg: 'HS256', b64: false, crit: ['b64'] })).toString('base64url');
    await refusedByAll(`${head}.${raw}.${hmac('x')(Buffer.from(`${head}.${raw}`)).toString('base64url')}`);
  });

  it('in another form than header.payload.signature is refused', async () => {
    const token = hs256();
    const [header = '', payload = '', signature = ''] = token.split('.');
    for (const other of [
      `${token}.`,
      `${token}.${signature}`,
      `${header}.${payload}`,
      `${header}.${payload}.`,
      `.${payload}.${signature}`,
      `${header}..${signature}`,
      '..',
      'x',
      ` ${token} x`,
      `${header}. ${payload}.${signature}`,
      `${header}.${payload.slice(0, 9)}\t${payload.slice(9)}.${signature}`,
      `${token}==`,
      `${token}, Bearer ${token}`,
      `${header}.${payload}.${signature}\u0000`,
      token.replace('.', '\uff0e'),
      JSON.stringify({ protected: header, payload, signature }),
      `"${token}"`,
      encodeURIComponent(token).replaceAll('.', '%2E'),
    ]) {
      await expectInvalid(secret, other, /It is no signed token/);
    }
  });

  it.each([
    '[]',
    '"acme"',
    'null',
    '7',
    '',
    '{',
    'tenant_id=acme',
    '{"tenant_id":"acme"}{}',
    '\ufeff',
    '[{"sub":"x"}]',
  ])('whose claims are %j is refused', async (payload) => {
    await expectInvalid(secret, payload === '' ? `${hs256().split('.')[0]}..x` : hs256(payload));
  });

  it.each(['[]', '"HS256"', 'null', '{', '{"alg":"HS256"', '{"alg":"none","alg":"none"}'])(
    'whose header is %j is refused',
    async (header) => {
      const input = `${Buffer.from(header).toString('base64url')}.${Buffer.from(JSON.stringify(claims())).toString('base64url')}`;
      await expectInvalid(secret, `${input}.${hmac('x')(Buffer.from(input)).toString('base64url')}`);
    },
  );

  it('of more than 8 KiB is not looked at', async () => {
    await expectInvalid(secret, hs256(claims({ padding: 'x'.repeat(8192) })), /It is no signed token/);
    expect(await prove(secret, hs256(claims({ padding: 'x'.repeat(4096) })))).toBeDefined();
  });

  it('is refused wherever one of its bytes is another', async () => {
    const random = seededRandom(51);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.';
    const original = hs256();
    const meaning = (token: string): string =>
      token
        .split('.')
        .map((part) => Buffer.from(part, 'base64url').toString('hex'))
        .join('.');
    for (let round = 0; round < 400; round += 1) {
      const at = Math.floor(random() * original.length);
      const byte = alphabet[Math.floor(random() * alphabet.length)] ?? '';
      const token = original.slice(0, at) + byte + original.slice(at + 1);
      // The last characters of a part have bits that mean nothing.
      if (meaning(token) !== meaning(original)) await expectInvalid(secret, token);
    }
  });
});
