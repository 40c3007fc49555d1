import { InvalidOptionsError, isNestarcError } from '@nestarc/core';
import { describe, expect, it } from 'vitest';
import {
  type SubdomainExtractorOptions,
  SubdomainTenantExtractor,
} from '../../src/extractors/subdomain-tenant.extractor';
import { seededRandom } from '../load/seeded-random';
import { hosted, rawRequest } from './requests';

const extractor = new SubdomainTenantExtractor({ baseDomains: ['App.example.com', 'eu.app.example.com', 'localhost'] });
const lenient = new SubdomainTenantExtractor({ baseDomains: ['app.example.com'], unknownHost: 'ignore' });

describe('the subdomain of a base domain', () => {
  it.each([
    'acme.app.example.com',
    'ACME.APP.example.COM',
    'acme.app.example.com.',
    'acme.app.example.com:8443',
    'acme.app.example.com.:8443',
    'acme.app.example.com:',
    'acme.eu.app.example.com',
    'acme.localhost',
    'acme.localhost:3000',
  ])('is the tenant of %s', (host) => {
    expect(extractor.extract(hosted(host))).toBe('acme');
  });

  it('may be that of app.localhost, for work on one machine', () => {
    const local = new SubdomainTenantExtractor({ baseDomains: ['app.localhost'] });
    expect(local.extract(hosted('acme.app.localhost:3000'))).toBe('acme');
    expect(local.extract(hosted('app.localhost:3000'))).toBeNull();
    expect(() => local.extract(hosted('acme.localhost'))).toThrow();
  });

  it.each(['app.example.com', 'eu.app.example.com', 'localhost:3000', 'www.app.example.com', 'WWW.app.example.com.'])(
    'is none for %s',
    (host) => {
      expect(extractor.extract(hosted(host))).toBeNull();
    },
  );

  it('is left out by a list of one’s own, which takes the place of the default', () => {
    const own = new SubdomainTenantExtractor({ baseDomains: ['app.example.com'], excludeSubdomains: ['API'] });
    expect(own.extract(hosted('api.app.example.com'))).toBeNull();
    expect(own.extract(hosted('www.app.example.com'))).toBe('www');
  });

  it('is none where a request has no host, such as a message', () => {
    expect(extractor.extract({ headers: {} })).toBeNull();
    expect(extractor.extract({ headers: {}, hostname: '' })).toBeNull();
  });

  it('is read from :authority on HTTP/2', () => {
    expect(extractor.extract(rawRequest([[':authority', 'acme.app.example.com']]))).toBe('acme');
  });
});

describe('every other host', () => {
  const unknown = [
    'acme.attacker.example',
    'evil.acme.app.example.com',
    'acmeapp.example.com',
    'acme.app.example.com.attacker.example',
    'app.example.com.acme',
    'example.com',
    'com',
    '127.0.0.1',
    '127.0.0.1:3000',
    '[::1]',
    '[::1]:3000',
    '::1',
    '[::1',
    '[acme.app.example.com]',
    '::1%acme.app.example.com',
    '[::1%acme.app.example.com]',
    'fe80::1%25eth0',
    '.app.example.com',
    '.',
    '..app.example.com',
    'acme..app.example.com',
    'acme.app.example.com..',
    '-acme.app.example.com',
    'acme-.app.example.com',
    'ac_me.app.example.com',
    'ac me.app.example.com',
    'acme .app.example.com',
    'acme\u0000.app.example.com',
    'acme%2eapp.example.com',
    'acme%00.app.example.com',
    'acme.app.example.com:80:80',
    'acme.app.example.com:evil',
    'acme.app.example.com/x',
    'acme@app.example.com',
    'user:pw@acme.app.example.com',
    'acme.app.example.com, acme.app.example.com',
    "' or '1'='1.app.example.com",
    `${'a'.repeat(64)}.app.example.com`,
    `${'a.'.repeat(130)}app.example.com`,
    '\u0430cme.app.example.com', // Cyrillic а
    'acm\u00e9.app.example.com',
    'acme\u3002app.example.com', // ideographic full stop
    'acme.app.example\u2024com', // one dot leader
    '\uff41cme.app.example.com', // full-width a
    'ac\u200dme.app.example.com',
    'acme.app.example.com\u00a0',
  ];

  it.each(unknown)('is not found: %j', (host) => {
    expect(() => extractor.extract(hosted(host))).toThrow(
      expect.objectContaining({ code: 'TENANT_HOST_UNKNOWN', status: 404, message: 'Not Found' }) as Error,
    );
    expect(lenient.extract(hosted(host))).toBeNull();
  });

  it('does not become another by the folding of letters outside of ASCII', () => {
    const kelvin = new SubdomainTenantExtractor({ baseDomains: ['app.example.com'] });
    expect('\u212a'.toLowerCase()).toBe('k');
    expect(kelvin.extract(hosted('k.app.example.com'))).toBe('k');
    expect(() => kelvin.extract(hosted('\u212a.app.example.com'))).toThrow('Not Found');
  });

  it('of a look-alike is a tenant of its own in punycode, and never the one it looks like', () => {
    const ascii = new URL('http://\u0430cme.app.example.com').hostname;
    expect(ascii).toBe('xn--cme-5cd.app.example.com');
    expect(extractor.extract(hosted(ascii))).toBe('xn--cme-5cd');
  });

  it('never becomes a tenant it is not spelled as, whatever bytes are put into it', () => {
    const random = seededRandom(54);
    const parts = [
      'acme',
      'ACME',
      'app',
      'example',
      'com',
      '.',
      '.',
      '.',
      ':',
      '80',
      '[',
      ']',
      '@',
      '/',
      '\\',
      '%2e',
      ' ',
      '\t',
      '\0',
      '\r',
      '\n',
      '-',
      '_',
      'xn--',
      '\u0430',
      '\u00a0',
      '#',
      '?',
      ',',
      'localhost',
      '127.0.0.1',
      '::1',
    ] as const;
    let tenants = 0;
    for (let round = 0; round < 20_000; round += 1) {
      const noise = Array.from({ length: Math.floor(random() * 6) }, () => parts[Math.floor(random() * parts.length)]);
      const tail = random() < 0.5 ? '.app.example.com' : 'app.example.com';
      const end = random() < 0.3 ? (parts[Math.floor(random() * parts.length)] ?? '') : '';
      const host = noise.join('') + tail + end;
      const found = lenient.extract(hosted(host));
      if (typeof found !== 'string') continue;
      tenants += 1;
      expect(host.toLowerCase()).toMatch(new RegExp(`^${found}\\.app\\.example\\.com\\.?(:\\d*)?$`));
      expect(found).toMatch(/^[a-z0-9-]{1,63}$/);
    }
    expect(tenants).toBeGreaterThan(300);
  });
});

describe('the host', () => {
  const forwarded = (...values: string[]): [string, string][] => values.map((value) => ['X-Forwarded-Host', value]);

  it('that came twice is refused, although Node keeps only the first', () => {
    const request = {
      headers: { host: 'acme.app.example.com' },
      rawHeaders: ['Host', 'acme.app.example.com', 'host', 'x'],
    };
    expect(() => extractor.extract(request)).toThrow(expect.objectContaining({ code: 'HEADER_REPEATED' }) as Error);
    const wrapped = {
      headers: request.headers,
      raw: { rawHeaders: request.rawHeaders },
      hostname: 'acme.app.example.com',
    };
    expect(() => extractor.extract(wrapped)).toThrow(expect.objectContaining({ status: 400 }) as Error);
  });

  it('is the one the platform understood, with or without a port in it', () => {
    const view = (hostname: string): ReturnType<typeof extractor.extract> =>
      extractor.extract({ ...rawRequest([['Host', 'acme.app.example.com:3000']]), hostname });
    expect(view('acme.app.example.com')).toBe('acme');
    expect(view('acme.app.example.com:3000')).toBe('acme'); // Fastify 4
  });

  it('is not read from X-Forwarded-Host where the platform did not honour it', () => {
    const headers = [['Host', 'acme.app.example.com'] as const, ...forwarded('evil.app.example.com')];
    expect(extractor.extract(rawRequest(headers))).toBe('acme');
    expect(extractor.extract({ ...rawRequest(headers), hostname: 'acme.app.example.com' })).toBe('acme');
  });

  it('is the forwarded one where the platform honoured it, unless there are several', () => {
    const through = (...values: string[]): ReturnType<typeof extractor.extract> => {
      const request = rawRequest([['Host', 'internal:3000'], ...forwarded(...values)]);
      return extractor.extract({ ...request, hostname: values[0]?.split(',')[0] ?? '' });
    };
    expect(through('acme.app.example.com')).toBe('acme');
    expect(() => through('acme.app.example.com, b.app.example.com')).toThrow(
      '"x-forwarded-host" was sent more than once',
    );
    expect(() => through('acme.app.example.com', 'b.app.example.com')).toThrow(
      '"x-forwarded-host" was sent more than once',
    );
  });
});

describe('SubdomainTenantExtractor', () => {
  it.each<[unknown, string]>([
    [{}, 'baseDomains: expected at least one domain'],
    [{ baseDomains: [] }, 'baseDomains: expected at least one domain'],
    [{ baseDomains: 'app.example.com' }, 'baseDomains'],
    [{ baseDomains: ['app.example.com', 'app.example.com:3000'] }, 'baseDomains[1]: expected a domain'],
    [{ baseDomains: ['https://app.example.com'] }, 'baseDomains[0]'],
    [{ baseDomains: ['*.example.com'] }, 'baseDomains[0]'],
    [{ baseDomains: ['.example.com'] }, 'baseDomains[0]'],
    [{ baseDomains: ['m\u00fcnchen.example'] }, 'baseDomains[0]'],
    [{ baseDomains: ['127.0.0.1'] }, 'baseDomains[0]'],
    [{ baseDomains: [''] }, 'baseDomains[0]'],
    [{ baseDomains: ['a.example'], excludeSubdomains: ['www.eu'] }, 'excludeSubdomains[0]: expected one label'],
    [{ baseDomains: ['a.example'], domains: {} }, 'domains: expected an object with a method findTenantByDomain()'],
    [{ baseDomains: ['a.example'], domains: null }, 'domains'],
    [{ baseDomains: ['a.example'], domainCache: { ttlMs: -1 } }, 'domainCache.ttlMs'],
    [{ baseDomains: ['a.example'], domainCache: { maxEntries: 0 } }, 'domainCache.maxEntries'],
    [{ baseDomains: ['a.example'], unknownHost: 'allow' }, 'unknownHost'],
    [{ baseDomain: ['a.example'] }, 'baseDomain'],
    [undefined, '(options)'],
  ])('refuses %j and names the option', (options, message) => {
    const make = (): unknown => new SubdomainTenantExtractor(options as SubdomainExtractorOptions);
    expect(make).toThrow(InvalidOptionsError);
    expect(make).toThrow(message);
  });

  it('throws nothing but errors of its own', () => {
    for (const host of ['\ud800', '%', '[', 'a'.repeat(100_000)]) {
      try {
        void extractor.extract(hosted(host));
      } catch (error) {
        expect(isNestarcError(error)).toBe(true);
      }
    }
  });
});
