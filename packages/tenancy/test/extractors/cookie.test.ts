import { InvalidOptionsError } from '@nestarc/core';
import { describe, expect, it } from 'vitest';
import { CookieTenantExtractor } from '../../src/extractors/cookie-tenant.extractor';
import { seededRandom } from '../load/seeded-random';

const extractor = new CookieTenantExtractor('tenant');
const read = (cookie: string | string[]): string | null => extractor.extract({ headers: { cookie } });

describe('the tenant in a cookie', () => {
  it.each([
    ['tenant=acme', 'acme'],
    ['a=1; tenant=acme; b=2', 'acme'],
    ['a=1;tenant=acme;b=2', 'acme'],
    ['  tenant \t=\t acme  ', 'acme'],
    ['tenant="acme"', 'acme'],
    ['tenant=caf%C3%A9', 'caf\u00e9'],
    ['tenant="a%20b"', 'a b'],
    ['tenant=a=b', 'a=b'],
    ['tenant="', '"'],
    ['tenant=', null],
    ['tenant=""', null],
    ['tenant', null],
    ['=acme', null],
    ['Tenant=acme', null],
    ['xtenant=acme; tenantx=acme', null],
    ['\u00a0tenant=acme', null],
    ['a="; tenant=acme', 'acme'],
    ['', null],
    [';;;', null],
  ])('of %j is %j', (cookie, expected) => {
    expect(read(cookie)).toBe(expected);
  });

  it('is none without cookies', () => {
    expect(extractor.extract({ headers: {} })).toBeNull();
  });

  it.each(['tenant=a; tenant=b', 'tenant=a; x=1; tenant=a', 'tenant=a; tenant=', 'tenant; =x; tenant=a;\ttenant=b'])(
    'is refused when it came twice: %s',
    (cookie) => {
      expect(() => read(cookie)).toThrow(expect.objectContaining({ code: 'COOKIE_REPEATED', status: 400 }) as Error);
    },
  );

  it('is looked for in all headers of an HTTP/2 request, which splits cookies', () => {
    expect(read(['a=1', 'tenant=acme'])).toBe('acme');
    expect(() => read(['tenant=a', 'tenant=b'])).toThrow('The cookie "tenant" was sent more than once');
  });

  it.each(['tenant=%', 'tenant=%ff', 'tenant="%zz"'])('is refused when its encoding is broken: %s', (cookie) => {
    expect(() => read(cookie)).toThrow(expect.objectContaining({ code: 'TENANT_ID_INVALID', status: 400 }) as Error);
  });

  it('is what was set, among any other cookies', () => {
    const random = seededRandom(6265);
    const pick = (alphabet: string): string => {
      const characters = [...alphabet];
      const one = (): string => characters[Math.floor(random() * characters.length)] ?? '';
      return Array.from({ length: 1 + Math.floor(random() * 8) }, one).join('');
    };
    for (let round = 0; round < 2000; round += 1) {
      const tenant = pick('aZ9-_ ;,="%/\u00e9\u{1f600}');
      const others = Array.from({ length: 3 }, () => `${pick('abcTENANT')}=${pick('abc"= %')}`);
      const cookies = [...others, `tenant=${encodeURIComponent(tenant)}`].sort(() => random() - 0.5);
      expect(read(cookies.join('; '))).toBe(tenant);
    }
  });
});

describe('CookieTenantExtractor', () => {
  it.each(['', 'a b', 'a=b', 'a;b', 'caf\u00e9', 'a\r\nb', 7])('refuses the name %j', (name) => {
    expect(() => new CookieTenantExtractor(name as string)).toThrow(InvalidOptionsError);
  });
});
