import { createContext, runWithContext } from '@nestarc/core';
import { describe, expect, it } from 'vitest';
import { principalOf } from '../../src/cache/cache-principal';
import { identityBasisOf } from '../../src/cache/identity-basis';
import { CacheScope } from '../../src/cache/cache-scope';
import { resolveTenantCacheOptions, type TenantCacheInterceptorOptions } from '../../src/cache/tenant-cache.options';
import { userProof } from '../../src/proof/user-proof';
import type { TenancyRequest } from '../../src/request/tenancy-request';
import { resolveTenancyOptions } from '../../src/tenancy-options.schema';
import type { TenancyModuleOptions } from '../../src/tenancy.options';

describe('the keys of the cache', () => {
  const pieces = (separator: string): string[] =>
    [
      '',
      'a',
      'a:',
      ':a',
      '1:a',
      'all',
      'any',
      'answer',
      'principal',
      'principal:1:a',
      'version:1:a',
      '0:',
      'a:answer:all',
    ].map((piece) => piece.replaceAll(':', separator));

  it.each([
    { separator: ':' },
    { separator: '-' },
    { separator: '::' },
    { separator: ':', hashTenantId: true },
    { separator: ':', tenantPrefix: 'a', sharedPrefix: 'b:a' },
  ])('are different for different things, whatever ids consist of, with %j', (given) => {
    const options = resolveTenantCacheOptions(given);
    const texts = pieces(given.separator);
    const seen = new Map<string, string>();
    const expectNew = (key: string, thing: unknown): void => {
      const name = JSON.stringify(thing);
      if ((seen.get(key) ?? name) !== name) expect.fail(`${key} is the key of two things`);
      seen.set(key, name);
    };
    for (const tenantId of [undefined, ...texts]) {
      const scope = new CacheScope(options, tenantId);
      const tenant = tenantId ?? null;
      for (const base of texts) {
        expectNew(scope.valueKey(base), ['value', tenant, base]);
        expectNew(scope.versionKey(base), ['version', tenant, base]);
        for (const principal of [undefined, ...texts]) {
          for (const version of [undefined, '', 'a', `1${given.separator}a`]) {
            for (const route of [undefined, '', 'a', `1${given.separator}a`]) {
              const key = scope.answerKey({ principal, version }, 'GET', base, route);
              expectNew(key, ['answer', tenant, principal ?? null, version ?? null, base, route ?? null]);
            }
          }
        }
      }
    }
    expect(seen.size).toBeGreaterThan(10_000);
  });

  it('say in clear whose they are, by default', () => {
    const scope = new CacheScope(resolveTenantCacheOptions(), 'acme');
    expect(scope.answerKey({ principal: 'user 7' }, 'GET', '/customers')).toBe(
      'tenant:4:acme:answer:principal:6:user 7:any:GET:key:/customers',
    );
    expect(scope.answerKey({}, 'GET', '/customers', '["C","list"]')).toBe(
      'tenant:4:acme:answer:all:any:GET:route:12:["C","list"]:/customers',
    );
  });

  it('hold neither tenant nor principal with hashTenantId', () => {
    const scope = new CacheScope(resolveTenantCacheOptions({ hashTenantId: true }), 'acme');
    const key = scope.answerKey({ principal: 'user jane@example.com' }, 'GET', '/customers');
    expect(key).toMatch(/^tenant:[0-9a-f]{64}:answer:principal:[0-9a-f]{64}:any:GET:key:\/customers$/);
  });
});

describe('the options of the cache', () => {
  it.each([
    [{ separator: '' }, 'separator'],
    [{ separator: '1' }, 'separator'],
    [{ tenantPrefix: '' }, 'tenantPrefix'],
    [{ sharedPrefix: 'tenant' }, 'sharedPrefix'],
    [{ tenantPrefix: 'app', sharedPrefix: 'app:shared' }, 'sharedPrefix'],
    [{ versionTtlMs: 0 }, 'versionTtlMs'],
    [{ storeTimeoutMs: Infinity }, 'storeTimeoutMs'],
    [{ principal: 'id' }, 'principal'],
    [{ credentialHeaders: [''] }, 'credentialHeaders[0]'],
    [{ ttl: 1 }, 'ttl'],
  ])('refuse %j, naming the option', (options, path) => {
    expect(() => resolveTenantCacheOptions(options as TenantCacheInterceptorOptions)).toThrow(path);
  });
});

describe('the principal of a request', () => {
  const rules = resolveTenantCacheOptions();
  const request = (given: object): TenancyRequest => ({ headers: {}, ...given });
  const withActor = (type: string, id: string, given: object = {}): Promise<string | undefined> =>
    runWithContext(createContext({ actor: { type, id } }), () => principalOf(rules, 'none', request(given)));

  it('is the actor of the context', async () => {
    expect(await withActor('user', '7')).toBe('actor 4 user 7');
  });

  it('is the actor and the user of the request, where there are both', async () => {
    expect(await withActor('user', '7', { user: { id: 8 } })).toBe('acting 1 8 4 user 7');
  });

  it('cannot be told where there is an actor, and a user of whom nobody can tell who it is', async () => {
    expect(await withActor('user', '7', { user: { name: 'Ann' } })).toBeUndefined();
  });

  it('is what the option tells before both', async () => {
    const told = resolveTenantCacheOptions({ principal: ({ method }) => method });
    for (const basis of ['evidence', 'guard', 'none'] as const) {
      expect(await principalOf(told, basis, request({ method: 'x', user: { id: 1 } }))).toBe('option x');
    }
    expect(await principalOf(told, 'none', request({ user: { id: 1 } }))).toBe('user 1');
  });

  it('is different for actors of different types, for actors and users, and for who acts for whom', async () => {
    const ids = ['7', '8', '1 7', '7 4 user 7', '7 1 7'];
    const types = ['user', 'user 7', 'api-key', '4 user'];
    const principals = await Promise.all([
      ...types.flatMap((type) => ids.map((id) => withActor(type, id))),
      ...types.flatMap((type) => ids.flatMap((id) => ids.map((user) => withActor(type, id, { user: { id: user } })))),
      ...ids.map((id) => principalOf(rules, 'none', request({ user: { id } }))),
      principalOf(rules, 'none', request({})),
    ]);
    expect(principals).not.toContain(undefined);
    expect(new Set(principals).size).toBe(principals.length);
  });

  it.each([
    { user: {} },
    { user: 'jane' },
    { user: { id: '' } },
    { user: { id: Number.NaN } },
    { user: { id: 2 ** 53 } },
    { user: { id: { toString: (): string => 'x' } } },
    { user: { id: '\ud800' } },
    { headers: { authorization: 'Bearer x' } },
    { headers: { cookie: 'session=x' } },
    { headers: { cookie: '' } },
    { headers: { 'x-api-key': 'x' } },
  ])('cannot be told of credentials such as %o', async (given) => {
    expect(await principalOf(rules, 'none', request(given))).toBeUndefined();
  });

  it('is nobody without credentials, and cannot be told where there is no request', async () => {
    expect(await principalOf(rules, 'none', request({ headers: { accept: '*/*' } }))).toBe('');
    expect(await principalOf(rules, 'none', undefined)).toBeUndefined();
  });

  it('is never nobody where somebody was verified, and with a proof only who acts', async () => {
    expect(await principalOf(rules, 'guard', request({}))).toBeUndefined();
    expect(await principalOf(rules, 'guard', request({ user: { id: 1 } }))).toBe('user 1');
    expect(await principalOf(rules, 'evidence', request({}))).toBeUndefined();
    expect(await principalOf(rules, 'evidence', request({ user: { id: 1 } }))).toBeUndefined();
  });

  it.each<[Partial<TenancyModuleOptions> | undefined, string]>([
    [{}, 'none'],
    [{ proof: userProof() }, 'evidence'],
    [{ proof: userProof(), membership: 'members' }, 'evidence'],
    [{ membership: 'members' }, 'guard'],
    [{ crossCheck: { extractor: userProof() } }, 'guard'],
    [undefined, 'evidence'],
  ])('with %o is told by %s', (options, basis) => {
    const resolved = options && resolveTenancyOptions({ tenantExtractor: 'X-Tenant-Id', ...options });
    expect(identityBasisOf(resolved)).toBe(basis);
  });
});
