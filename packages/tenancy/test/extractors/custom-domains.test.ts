import { setTimeout as sleep } from 'node:timers/promises';
import { createContext, currentContext, parseTenantId, type RequestContext, runWithContext } from '@nestarc/core';
import { describe, expect, it } from 'vitest';
import {
  type SubdomainExtractorOptions,
  SubdomainTenantExtractor,
} from '../../src/extractors/subdomain-tenant.extractor';
import { hosted } from './requests';

const VERIFIED = new Map([
  ['portal.acme.example', 'acme'],
  ['xn--mnchen-3ya.example', 'munich'],
]);

/** A table of domains that tells how often, and what, it was asked. */
class Domains {
  readonly asked: string[] = [];
  readonly contexts: (RequestContext | undefined)[] = [];
  failure: unknown;
  tenants = new Map(VERIFIED);

  async findTenantByDomain(host: string): Promise<string | null> {
    this.asked.push(host);
    this.contexts.push(currentContext());
    await sleep(5);
    if (this.failure !== undefined) throw this.failure as Error;
    return this.tenants.get(host) ?? null;
  }
}

function fixture(options: Partial<SubdomainExtractorOptions> = {}): {
  domains: Domains;
  extractor: SubdomainTenantExtractor;
  extract: (host: string) => Promise<string | null>;
} {
  const domains = new Domains();
  const extractor = new SubdomainTenantExtractor({ baseDomains: ['app.example.com'], domains, ...options });
  return { domains, extractor, extract: async (host) => extractor.extract(hosted(host)) };
}

describe('custom domains', () => {
  it('are looked up in canonical form, and only where no base domain answers', async () => {
    const { domains, extract } = fixture();
    expect(await extract('Portal.ACME.example.:443')).toBe('acme');
    expect(await extract('xn--mnchen-3ya.example')).toBe('munich');
    expect(await extract('acme.app.example.com')).toBe('acme');
    expect(await extract('www.app.example.com')).toBeNull();
    expect(domains.asked).toEqual(['portal.acme.example', 'xn--mnchen-3ya.example']);
  });

  it('may be all there is', async () => {
    const { extract } = fixture({ baseDomains: [] });
    expect(await extract('portal.acme.example')).toBe('acme');
    await expect(extract('acme.app.example.com')).rejects.toMatchObject({ code: 'TENANT_HOST_UNKNOWN' });
  });

  it('that are nobody’s are not found, or left to the next extractor', async () => {
    await expect(fixture().extract('acme.attacker.example')).rejects.toMatchObject({ status: 404 });
    await expect(fixture().extract('evil.acme.app.example.com')).rejects.toMatchObject({ status: 404 });
    await expect(fixture().extract('127.0.0.1')).rejects.toMatchObject({ status: 404 });
    expect(await fixture({ unknownHost: 'ignore' }).extract('acme.attacker.example')).toBeNull();
  });

  it('are not looked up for what is no host', async () => {
    const { domains, extract } = fixture({ unknownHost: 'ignore' });
    for (const host of ["x'; DROP TABLE domains;--", 'a b.example', '\u0430cme.example', 'a..example']) {
      expect(await extract(host)).toBeNull();
    }
    expect(domains.asked).toEqual([]);
  });

  it('are asked for once by a stampede, and both kinds of answers are kept', async () => {
    const { domains, extract } = fixture({ unknownHost: 'ignore' });
    const stampede = await Promise.all(Array.from({ length: 200 }, () => extract('portal.acme.example')));
    expect(new Set(stampede)).toEqual(new Set(['acme']));
    expect(await Promise.all(Array.from({ length: 200 }, () => extract('nobody.example')))).toContain(null);
    await extract('portal.acme.example');
    await extract('nobody.example');
    expect(domains.asked).toEqual(['portal.acme.example', 'nobody.example']);
  });

  it('that are known are told at once, without a promise', async () => {
    const { extractor } = fixture();
    await extractor.extract(hosted('portal.acme.example'));
    expect(extractor.extract(hosted('portal.acme.example'))).toBe('acme');
  });

  it('are asked for again when the answer is old, or each time', async () => {
    const short = fixture({ domainCache: { ttlMs: 40 } });
    await short.extract('portal.acme.example');
    short.domains.tenants.set('portal.acme.example', 'new-owner');
    expect(await short.extract('portal.acme.example')).toBe('acme');
    await sleep(60);
    expect(await short.extract('portal.acme.example')).toBe('new-owner');

    const never = fixture({ domainCache: { ttlMs: 0 } });
    await never.extract('portal.acme.example');
    await never.extract('portal.acme.example');
    expect(never.domains.asked).toHaveLength(2);
  });

  it('are asked for again when they are to be forgotten, in any spelling', async () => {
    const { domains, extractor, extract } = fixture({ unknownHost: 'ignore' });
    expect(await extract('new.example')).toBeNull();
    domains.tenants.set('new.example', 'newcomer');
    extractor.forget('NEW.example:443');
    expect(await extract('new.example')).toBe('newcomer');
    domains.tenants.delete('new.example');
    extractor.forget('new.example.');
    extractor.forget('no host at all');
    expect(await extract('new.example')).toBeNull();
  });

  it('that are forgotten while they are asked for are not kept as they were', async () => {
    const { domains, extractor, extract } = fixture({ unknownHost: 'ignore' });
    const early = extract('portal.acme.example');
    extractor.forget('portal.acme.example');
    const late = extract('portal.acme.example');
    extractor.forget('portal.acme.example');
    expect(await Promise.all([early, late])).toEqual(['acme', 'acme']);
    expect(domains.asked).toHaveLength(2);
    domains.tenants.delete('portal.acme.example');
    expect(await extract('portal.acme.example')).toBeNull();
  });

  it('stay known while somebody asks for made-up ones', async () => {
    const { domains, extract } = fixture({ unknownHost: 'ignore', domainCache: { maxEntries: 10 } });
    await extract('portal.acme.example');
    await Promise.all(Array.from({ length: 100 }, (_, n) => extract(`made-up-${n}.example`)));
    domains.asked.length = 0;
    expect(await extract('portal.acme.example')).toBe('acme');
    expect(await extract('made-up-99.example')).toBeNull();
    expect(domains.asked).toEqual([]);
    expect(await extract('made-up-0.example')).toBeNull();
    expect(domains.asked).toEqual(['made-up-0.example']);
  });

  it('whose lookup fails are a failure of the server, never another tenant, and it is not kept', async () => {
    const { domains, extract } = fixture({ unknownHost: 'ignore' });
    domains.failure = new Error('connection refused');
    const failing = { code: 'TENANT_LOOKUP_FAILED', status: 503, cause: domains.failure };
    await expect(extract('portal.acme.example')).rejects.toMatchObject(failing);
    domains.failure = undefined;
    expect(await extract('portal.acme.example')).toBe('acme');
  });

  it.each<[string, (host: string) => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['gives a number', () => 7],
    ['gives an empty text', () => ''],
    ['gives a list', () => ['acme']],
    ['gives true', () => true],
  ])('whose lookup %s are refused', async (_name, find) => {
    const domains = { findTenantByDomain: find as (host: string) => string };
    await expect(fixture({ domains }).extract('a.example')).rejects.toMatchObject({ code: 'TENANT_LOOKUP_FAILED' });
  });

  it('whose lookup says undefined are nobody’s', async () => {
    const domains = { findTenantByDomain: (): string | null => undefined as unknown as null };
    await expect(fixture({ domains }).extract('a.example')).rejects.toMatchObject({ code: 'TENANT_HOST_UNKNOWN' });
  });

  it('whose lookup hangs do not hang for ever, and are asked for again', async () => {
    let asked = 0;
    const domains = {
      findTenantByDomain: (): Promise<string> =>
        (asked += 1) === 1 ? new Promise(() => undefined) : Promise.resolve('acme'),
    };
    const { extract } = fixture({ domains, domainCache: { timeoutMs: 30 } });
    await expect(extract('a.example')).rejects.toMatchObject({ code: 'TENANT_LOOKUP_FAILED', status: 503 });
    expect(await extract('a.example')).toBe('acme');
  });

  it('are looked up outside of any tenant and of any request', async () => {
    const { domains, extract } = fixture();
    const outer = createContext({ tenantId: parseTenantId('other'), requestId: 'r-1' });
    await runWithContext(outer, () => extract('portal.acme.example'));
    expect(domains.contexts).toEqual([createContext({ mode: 'bypass' })]);
  });
});
