import { createContext, runWithContext } from '@nestarc/core';
import { describe, expect, it } from 'vitest';
import { principalOf } from '../../src/cache/cache-principal';
import { CacheScope } from '../../src/cache/cache-scope';
import { resolveTenantCacheOptions, type TenantCacheInterceptorOptions } from '../../src/cache/tenant-cache.options';
import type { TenancyRequest } from '../../src/request/tenancy-request';

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
      expect(seen.get(key) ?? name, `${key} is the key of two things`).toBe(name);
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
            const key = scope.answerKey({ principal, version }, 'GET', base);
            expectNew(key, ['answer', tenant, principal ?? null, version ?? null, base]);
          }
        }
      }
    }
    expect(seen.size).toBeGreaterThan(10_000);
  });

  it('say in clear whose they are, by default', () => {
    const scope = new CacheScope(resolveTenantCacheOptions(), 'acme');
    expect(scope.answerKey({ principal: 'user 7' }, 'GET', '/customers')).toBe(
      'tenant:4:acme:answer:principal:6:user 7:any:GET:/customers',
    );
  });

  it('hold neither tenant nor principal with hashTenantId', () => {
    const scope = new CacheScope(resolveTenantCacheOptions({ hashTenantId: true }), 'acme');
    const key = scope.answerKey({ principal: 'user jane@example.com' }, 'GET', '/customers');
    expect(key).toMatch(/^tenant:[0-9a-f]{64}:answer:principal:[0-9a-f]{64}:any:GET:\/customers$/);
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
  const withActor = (type: string, id: string): Promise<string | undefined> =>
    runWithContext(createContext({ actor: { type, id } }), () =>
      principalOf(rules, request({ user: { id: 'ignored' } })),
    );

  it('is the actor of the context before the user of the request', async () => {
    expect(await withActor('user', '7')).toBe('actor 4 user 7');
  });

  it('is what the option tells before both', async () => {
    const told = resolveTenantCacheOptions({ principal: ({ method }) => method });
    expect(await principalOf(told, request({ method: 'x', user: { id: 1 } }))).toBe('option x');
    expect(await principalOf(told, request({ user: { id: 1 } }))).toBe('user 1');
  });

  it('is different for actors of different types, and for actors and users', async () => {
    const principals = [
      await withActor('user', '7'),
      await withActor('user 7', ''),
      await withActor('api-key', '7'),
      await withActor('user', '7 7'),
      await withActor('user 7', '7'),
      await principalOf(rules, request({ user: { id: 7 } })),
      await principalOf(rules, request({ user: { sub: '8' } })),
      await principalOf(rules, request({})),
    ];
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
    expect(await principalOf(rules, request(given))).toBeUndefined();
  });

  it('is nobody without credentials, and cannot be told where there is no request', async () => {
    expect(await principalOf(rules, request({ headers: { accept: '*/*' } }))).toBe('');
    expect(await principalOf(rules, undefined)).toBeUndefined();
  });
});
