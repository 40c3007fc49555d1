import { describe, expect, it } from 'vitest';
import type { JwtProofOptions } from '../../src/jwt';
import { bearing, rawRequest } from '../extractors/requests';
import {
  AUDIENCE,
  base,
  claims,
  expectInvalid,
  hs256,
  ISSUER,
  LIBRARIES,
  now,
  proofWith,
  prove,
  SECRET,
} from './tokens';

describe.each(LIBRARIES)('a signed token, with %s,', (_name, jose) => {
  const proof = proofWith(jose);
  const given = (options: JwtProofOptions): typeof proof => proofWith(jose, { ...base, ...options });

  it('proves the tenant, who acts, and what else it says', async () => {
    const evidence = await prove(proof, hs256(claims({ roles: ['admin'], org: { plan: 'pro' } })));
    expect(evidence).toMatchObject({
      tenantId: 'acme',
      actor: { type: 'user', id: 'user-1' },
      principal: { iss: ISSUER, roles: ['admin'], org: { plan: 'pro' } },
    });
    const { principal } = evidence as { principal: { roles: string[]; org: object } };
    expect([evidence, principal, principal.roles, principal.org].every(Object.isFrozen)).toBe(true);
    expect(await proof.extract(bearing(hs256()))).toBe('acme');
    expect(proof).toMatchObject({ needs: 'request', verified: true });
  });

  it('is no evidence when there is none', () => {
    for (const authorization of [undefined, '', 'Basic YTpi', 'Bearer', hs256()]) {
      const request = rawRequest(authorization === undefined ? [] : [['Authorization', authorization]]);
      expect(proof.prove(request)).toBeUndefined();
      expect(proof.extract(request)).toBeNull();
    }
  });

  it('is refused when Authorization came twice', () => {
    const headers = { authorization: `Bearer ${hs256()}` };
    const rawHeaders = ['Authorization', headers.authorization, 'authorization', 'Bearer other'];
    expect(() => proof.prove({ headers, rawHeaders })).toThrow('sent more than once');
  });

  it.each<[string, object]>([
    ['that has expired', { exp: now() - 60 }],
    ['that expires by a text', { exp: String(now() + 300) }],
    ['that expires by a list', { exp: [now() + 300] }],
    ['that never expires', { exp: undefined }],
    ['whose expiry is null', { exp: null }],
    ['that is for later', { nbf: now() + 60 }],
    ['that is for a time in a text', { nbf: String(now() - 60) }],
    ['of another issuer', { iss: 'https://evil.example/' }],
    ['of an issuer that only begins the same', { iss: `${ISSUER}x` }],
    ['of a list of issuers', { iss: [ISSUER] }],
    ['of no issuer', { iss: undefined }],
    ['for another audience', { aud: 'https://other.example.com' }],
    ['for other audiences', { aud: ['https://other.example.com', `${AUDIENCE}/`] }],
    ['for no audience', { aud: undefined }],
    ['for an empty list', { aud: [] }],
    ['for an audience that is an object', { aud: { [AUDIENCE]: true } }],
    ['of nobody', { sub: undefined }],
    ['of somebody without a name', { sub: '' }],
    ['of somebody with a number', { sub: 7 }],
    ['without a tenant', { tenant_id: undefined }],
    ['whose tenant is null', { tenant_id: null }],
    ['whose tenant is ""', { tenant_id: '' }],
    ['whose tenant is a number', { tenant_id: 1 }],
    ['whose tenant is true', { tenant_id: true }],
    ['whose tenant is a list', { tenant_id: ['acme'] }],
    ['whose tenant is an object', { tenant_id: {} }],
  ])('is refused %s', async (_what, more) => {
    await expectInvalid(proof, hs256(claims(more)));
  });

  it('may be for several audiences, and of one of several issuers', async () => {
    const several = given({ issuer: ['https://old.example/', ISSUER], audience: ['mobile', AUDIENCE] });
    expect(await prove(several, hs256(claims({ aud: ['x', AUDIENCE] })))).toMatchObject({ tenantId: 'acme' });
    expect(await prove(several, hs256(claims({ aud: 'mobile', iss: 'https://old.example/' })))).toBeDefined();
    await expectInvalid(several, hs256(claims({ aud: ['x', 'y'] })));
  });

  it('may be of any issuer, and for any audience, only on purpose', async () => {
    const { secret } = base;
    const any = proofWith(jose, { secret, dangerouslyAllowAnyIssuer: true, dangerouslyAllowAnyAudience: true });
    expect(await prove(any, hs256(claims({ iss: 'x', aud: undefined })))).toMatchObject({ tenantId: 'acme' });
  });

  it('of one of several issuers, or of any, names its subject along with the issuer', async () => {
    const { secret } = base;
    const any = proofWith(jose, { secret, dangerouslyAllowAnyIssuer: true, dangerouslyAllowAnyAudience: true });
    const issuers = ['a', 'a|b', 'a%7Cb', 'https://id.example/', 'https://id.example/x'];
    const several = given({ issuer: issuers, audience: AUDIENCE });
    const idOf = async (by: typeof proof, more: object): Promise<unknown> =>
      (await prove(by, hs256(claims(more))))?.actor?.id;
    for (const [by, accepted] of [
      [several, issuers],
      [any, [...issuers, undefined]],
    ] as const) {
      const ids = await Promise.all(
        accepted.flatMap((iss) => ['1', 'b|1', '|1', 'a|1'].map((sub) => idOf(by, { iss, sub }))),
      );
      expect(new Set(ids).size).toBe(accepted.length * 4);
    }
    expect(await idOf(several, { iss: 'https://id.example/', sub: 'auth0|7' })).toBe(
      'https%3A%2F%2Fid.example%2F|auth0|7',
    );
    expect(await idOf(any, { iss: undefined, sub: '7' })).toBe('|7');
    for (const iss of ['', 7, ['a'], '\ud800']) await expectInvalid(any, hs256(claims({ iss })));
  });

  it('of the only issuer names its subject alone, also when that issuer is listed', async () => {
    for (const issuer of [ISSUER, [ISSUER], [ISSUER, ISSUER]]) {
      expect(await prove(given({ issuer }), hs256())).toMatchObject({ actor: { type: 'user', id: 'user-1' } });
    }
  });

  it('names somebody of another type where several proofs have users of their own', async () => {
    const staff = given({ actorType: 'staff' });
    expect(await prove(staff, hs256())).toMatchObject({ actor: { type: 'staff', id: 'user-1' } });
  });

  it('may be a little late, as clocks are, but not more', async () => {
    expect(await prove(proof, hs256(claims({ exp: now() - 2 })))).toBeDefined();
    await expectInvalid(proof, hs256(claims({ exp: now() - 8 })), /"exp" claim timestamp check failed/);
    await expectInvalid(given({ clockToleranceMs: 0 }), hs256(claims({ exp: now() - 1 })));
    expect(await prove(given({ clockToleranceMs: 60_000 }), hs256(claims({ nbf: now() + 30 })))).toBeDefined();
  });

  it('may be too old although it has not expired', async () => {
    const young = given({ maxTokenAgeMs: 60_000 });
    expect(await prove(young, hs256(claims({ iat: now() - 30 })))).toBeDefined();
    await expectInvalid(young, hs256(claims({ iat: now() - 90 })));
    await expectInvalid(young, hs256(claims({ iat: undefined })));
    await expectInvalid(young, hs256(claims({ iat: now() + 90 })));
  });

  it('may live for ever where that is asked for', async () => {
    const eternal = given({ requireExpiration: false });
    expect(await prove(eternal, hs256(claims({ exp: undefined })))).toBeDefined();
    await expectInvalid(eternal, hs256(claims({ exp: now() - 60 })));
    await expectInvalid(eternal, hs256(claims({ exp: 'never' })));
  });

  it('names tenant and subject where it is told to look', async () => {
    const elsewhere = given({ tenantClaim: 'org.id', subjectClaim: 'https://example.com/user' });
    const payload = claims({ org: { id: 'globex' }, 'https://example.com/user': 'user-2' });
    expect(await prove(elsewhere, hs256(payload))).toMatchObject({ tenantId: 'globex', actor: { id: 'user-2' } });
    await expectInvalid(elsewhere, hs256(claims({ org: 'globex', 'https://example.com/user': 'user-2' })));
  });

  it('need not name a tenant where membership decides', async () => {
    const nobody = given({ tenantClaim: null });
    expect(nobody.namesTenant).toBe(false);
    expect(await prove(nobody, hs256(claims({ tenant_id: 7 })))).toMatchObject({ tenantId: undefined });
    expect(await nobody.extract(bearing(hs256()))).toBeNull();
    const optional = given({ tenantClaimOptional: true });
    expect([proof.namesTenant, optional.namesTenant]).toEqual([true, true]);
    expect(await prove(optional, hs256(claims({ tenant_id: undefined })))).toMatchObject({ tenantId: undefined });
    expect(await prove(optional, hs256())).toMatchObject({ tenantId: 'acme' });
    await expectInvalid(optional, hs256(claims({ tenant_id: 7 })));
  });

  it('counts by the last of two equal keys, as in every other check of it', async () => {
    const payload = JSON.stringify(claims()).replace('"tenant_id":"acme"', '"tenant_id":"first","tenant_id":"last"');
    expect(await prove(proof, hs256(payload))).toMatchObject({ tenantId: 'last' });
    const late = JSON.stringify(claims()).replace(/"exp":\d+/, `$&,"exp":${now() - 60}`);
    await expectInvalid(proof, hs256(late));
  });

  it('names nothing by what objects inherit', async () => {
    const payload = JSON.stringify(claims({ tenant_id: undefined })).replace('{', '{"__proto__":{"tenant_id":"evil"},');
    await expectInvalid(proof, hs256(payload), /does not name a tenant/);
  });

  it('may be elsewhere in the request', async () => {
    const cookie = given({ token: ({ headers }) => /(?:^|; )token=([^;]+)/.exec(String(headers['cookie']))?.[1] });
    expect(await cookie.prove(rawRequest([['Cookie', `a=1; token=${hs256()}`]]))).toMatchObject({ tenantId: 'acme' });
    expect(cookie.prove(bearing(hs256()))).toBeUndefined();
    const wrong = given({ token: () => ({ token: hs256() }) as unknown as string });
    expect(() => wrong.prove(bearing(''))).toThrow('The credentials are not valid');
  });

  it('is checked once for each request, and again when it was replaced', async () => {
    const request = bearing(hs256());
    const first = proof.prove(request);
    expect(proof.prove(request)).toBe(first);
    expect(await proof.extract(request)).toBe('acme');
    const replaced = { ...request.headers, authorization: `Bearer ${hs256(claims({ tenant_id: 'globex' }))}` };
    Object.assign(request, { headers: replaced, rawHeaders: [] });
    expect(await proof.prove(request)).toMatchObject({ tenantId: 'globex' });
    Object.assign(request, { headers: { authorization: 'Bearer forged' } });
    await expect(proof.prove(request)).rejects.toMatchObject({ code: 'TENANT_PROOF_INVALID' });
    expect(proof.prove(bearing(hs256()))).not.toBe(first);
  });

  it('of which only the text of the secret is known works, too', async () => {
    const text = 'a secret of thirty-two characters or more';
    const token = hs256();
    await expectInvalid(given({ secret: text }), token);
    expect(await prove(given({ secret: new Uint8Array(SECRET) }), token)).toBeDefined();
  });
});
