import { PLATFORMS } from '@nestarc/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JwtClaimTenantExtractor } from '../../src/extractors/jwt-claim-tenant.extractor';
import { A, B } from '../fixture/isolation-fixture';
import { claims, hmac, hs256, now, rs256, rsaPair, SECRET, tokenOf } from '../jwt/tokens';
import { HostileRange, isServedAsA, type RangeApp } from './hostile-range';
import { type HostileCase, expectAllRefused } from './refusals';
import type { RawHead } from './raw-http';
import { BELIEVED, bearer, byKeys, bySecret, RSA } from './tenant-sources';

let range: HostileRange;
beforeAll(async () => {
  range = await HostileRange.create();
});
afterAll(() => range.close());

const HEADER_A = `X-Tenant-Id: ${A}`;
const HEADER_B = `X-Tenant-Id: ${B}`;
const stranger = rsaPair('one');
const unsigned = (): Buffer => Buffer.alloc(0);

type Sign = (payload?: object | string, header?: object) => string;
const ofA = (more: object = {}): Record<string, unknown> => claims({ tenant_id: A, ...more });

/** Tokens of tenant A that are bad in one way each. */
const badTokens = (sign: Sign): readonly (readonly [what: string, token: string])[] => [
  ...['none', 'None', 'NONE', 'nOnE', 'none ', ''].flatMap((alg): [string, string][] => [
    [`alg "${alg}"`, tokenOf({ alg }, ofA(), unsigned)],
    [`alg "${alg}" with a signature`, tokenOf({ alg }, ofA(), hmac(SECRET))],
  ]),
  ['no alg', tokenOf({}, ofA(), hmac(SECRET))],
  ['alg as a list', tokenOf({ alg: ['HS256'] }, ofA(), hmac(SECRET))],
  ['another secret', tokenOf({ alg: 'HS256' }, ofA(), hmac('x'.repeat(64)))],
  ['another key', rs256(stranger, 'one', ofA())],
  ['a key of another name', rs256(stranger, 'two', ofA())],
  ['a secret that is the public key', tokenOf({ alg: 'HS256', kid: 'one' }, ofA(), hmac(JSON.stringify(RSA.jwk)))],
  [
    'a secret that is the public key in PEM',
    tokenOf({ alg: 'HS256' }, ofA(), hmac(RSA.publicKey.export({ type: 'spki', format: 'pem' }))),
  ],
  ['a key in its own header', rs256(stranger, 'one', ofA(), { jwk: stranger.jwk })],
  ['a key at a URL', rs256(stranger, 'one', ofA(), { jku: 'http://127.0.0.1:1/keys' })],
  ['a kid that is a path', rs256(stranger, '../../../dev/null', ofA())],
  ['a kid that is SQL', rs256(stranger, "' UNION SELECT 'x' --", ofA())],
  ['a payload that was exchanged', exchanged(sign(ofA({ tenant_id: B })), ofA())],
  ['a signature cut short', sign(ofA()).slice(0, -6)],
  ['no signature', `${sign(ofA()).split('.', 2).join('.')}.`],
  ['expired', sign(ofA({ exp: now() - 60 }))],
  ['expired by a text', sign(ofA({ exp: String(now() - 60) }))],
  ['expiring by a text', sign(ofA({ exp: String(now() + 60) }))],
  ['expiring never', sign({ ...ofA(), exp: undefined })],
  ['expiring at null', sign(ofA({ exp: null }))],
  ['expiring in a list', sign(ofA({ exp: [now() + 60] }))],
  ['for later', sign(ofA({ nbf: now() + 60 }))],
  ['for later by a text', sign(ofA({ nbf: String(now() + 60) }))],
  ['another audience', sign(ofA({ aud: 'https://other.example.com' }))],
  ['other audiences', sign(ofA({ aud: ['https://other.example.com', ''] }))],
  ['no audience', sign({ ...ofA(), aud: undefined })],
  ['another issuer', sign(ofA({ iss: 'https://id.example.com.attacker.example/' }))],
  ['no issuer', sign({ ...ofA(), iss: undefined })],
  ['no subject', sign({ ...ofA(), sub: undefined })],
  ['a subject that is an object', sign(ofA({ sub: { id: 1 } }))],
  ['no claims', sign('null')],
  ['claims that are a list', sign('[]')],
  ...[[A], { id: A }, 1, true, '', null, [], {}, 0, false].map((value): [string, string] => [
    `the tenant ${JSON.stringify(value)}`,
    sign(ofA({ tenant_id: value })),
  ]),
  ['a tenant that is inherited', sign(JSON.stringify(ofA()).replace('"tenant_id"', '"__proto__"'))],
];

function exchanged(token: string, payload: object): string {
  const [header = '', , signature = ''] = token.split('.');
  return `${header}.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.${signature}`;
}

const WAYS = [
  { way: 'a secret', sign: ((payload, header) => hs256(payload, header)) as Sign, proof: bySecret },
  { way: 'published keys', sign: ((payload, header) => rs256(RSA, 'one', payload, header)) as Sign, proof: byKeys },
] as const;

describe.each(PLATFORMS)('on %s,', (platform) => {
  describe.each(WAYS)('with $way for a proof,', ({ sign, proof }) => {
    let app: RangeApp;
    beforeAll(async () => {
      app = await range.serve(platform, { tenantExtractor: 'X-Tenant-Id', proof: proof(range) });
    });
    afterAll(() => app.close());

    const good = (): RawHead => ({ headers: [HEADER_A, bearer(sign(ofA()))] });

    it('a token that is bad in any way is refused, before the handler and the database', async () => {
      const cases = badTokens(sign).map(([what, token]): HostileCase => [
        what,
        { headers: [HEADER_A, bearer(token)] },
        [401],
      ]);
      await expectAllRefused(range, app, cases, good());
    });

    it('a header without a token, or with something else for one, is refused', async () => {
      const token = sign(ofA());
      const others = [
        [],
        ['Authorization: '],
        ['Authorization: Bearer'],
        ['Authorization: Bearer '],
        [`Authorization: Basic ${Buffer.from('a:b').toString('base64')}`],
        [`Authorization: ${token}`],
        [`Authorization: Token ${token}`],
        [`Authorization: Bearer:${token}`],
        ['Authorization: Bearer null'],
        ['Authorization: Bearer undefined'],
        ['Authorization: Bearer \xff\xfe'],
        [`Authorization: Bearer ${token}, Bearer ${token}`],
        [`Authorization: Bearer "${token}"`],
        [`X-Authorization: Bearer ${token}`],
        [`Cookie: authorization=Bearer ${token}`],
      ];
      const cases = others.map((lines): HostileCase => [lines.join(), { headers: [HEADER_A, ...lines] }, [401]]);
      await expectAllRefused(range, app, cases, good());
      const twice: HostileCase = ['two', { headers: [HEADER_A, bearer(token), bearer(token)] }, [400]];
      await expectAllRefused(range, app, [twice], good());
    });

    it('a token of tenant A does not open tenant B', async () => {
      const token = bearer(sign(ofA()));
      const spellings = [B, B.toUpperCase(), ` ${B} `, `\t${B}`];
      const cases = spellings.map((id): HostileCase => [id, { headers: [`X-Tenant-Id: ${id}`, token] }, [403]]);
      await expectAllRefused(range, app, cases, good());
      const { status, body } = await range.send(app, { headers: [HEADER_B, token] });
      expect({ status, body: JSON.parse(body) as unknown }).toEqual({
        status: 403,
        body: { statusCode: 403, code: 'TENANT_FORBIDDEN', message: 'Access to this tenant is denied' },
      });
    });
  });

  it.each(BELIEVED)('with a token of tenant A, $name does not open tenant B', async ({ options, naming }) => {
    const app = await range.serve(platform, { ...options(range), proof: bySecret() });
    const token = bearer(hs256(ofA()));
    const withToken = ({ headers, ...rest }: RawHead): RawHead => ({
      ...rest,
      headers: [...headers.filter((line) => !line.startsWith('Authorization')), token],
    });
    const named = naming(B);
    // Where the token itself names the tenant, another one has to be forged.
    const isToken = named.headers.some((line) => line.startsWith('Authorization'));
    const forged = bearer(exchanged(hs256(ofA()), claims({ tenant_id: B })));
    const head = isToken ? { headers: [forged] } : withToken(named);
    await expectAllRefused(range, app, [[`tenant ${B}`, head, [isToken ? 401 : 403]]], withToken(naming(A)));
    await app.close();
  });

  it('a claim that is no text is no tenant, whether or not anybody verifies the token', async () => {
    const tenantExtractor = new JwtClaimTenantExtractor({ claimKey: 'tenant_id' });
    const app = await range.serve(platform, { tenantExtractor });
    const good = { headers: [bearer(hs256(ofA()))] };
    const values = [[A], { id: A }, 1, true, '', [], {}, 0, false];
    const cases = [
      ...values.map((value) => ofA({ tenant_id: value })),
      ...[String(now() + 60), [now() + 60], { at: 1 }, true].flatMap((time) => [
        ofA({ exp: time }),
        ofA({ nbf: time }),
      ]),
    ].map((payload): HostileCase => [JSON.stringify(payload), { headers: [bearer(hs256(payload))] }, [400, 401]]);
    const late = [ofA({ exp: now() - 60 }), ofA({ nbf: now() + 60 })].map((payload): HostileCase => [
      JSON.stringify(payload),
      { headers: [bearer(hs256(payload))] },
      [403],
    ]);
    await expectAllRefused(range, app, [...cases, ...late], good);
    await app.close();
  });

  it('what is said of a refused request is the sender’s own, and short', async () => {
    const app = await range.serve(platform, { tenantExtractor: 'X-Tenant-Id', proof: bySecret() });
    const token = hs256(ofA());
    const long = 'x'.repeat(5000);
    const { events, body, logs } = await range.send(app, { headers: [`X-Tenant-Id: ${long}`, bearer(token)] });
    expect(events).toContain(`"tenantId":"${'x'.repeat(255)}"`);
    expect(`${events}${body}${logs}`).not.toContain('x'.repeat(256));
    const forged = await range.send(app, { headers: [HEADER_B, bearer(token)] });
    expect(forged.events).toContain('tenant.cross_check_failed');
    expect(`${forged.body}${forged.logs}`).not.toMatch(new RegExp(`${A}|${B}|user-1`));
    expect(`${forged.body}${forged.logs}${forged.events}`).not.toContain(token);
    expect(isServedAsA(await range.send(app, { headers: [HEADER_A, bearer(token)] }))).toBe(true);
    await app.close();
  });
});
