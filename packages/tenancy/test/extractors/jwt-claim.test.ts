import { InvalidOptionsError } from '@nestarc/core';
import { describe, expect, it } from 'vitest';
import {
  type JwtClaimExtractorOptions,
  JwtClaimTenantExtractor,
} from '../../src/extractors/jwt-claim-tenant.extractor';
import { bearing, rawRequest } from './requests';

const encode = (text: string): string => Buffer.from(text).toString('base64url');
const token = (payload: string, header = '{"alg":"none"}', signature = 'c2ln'): string =>
  `${encode(header)}.${encode(payload)}.${signature}`;
const now = Math.floor(Date.now() / 1000);

const extractor = new JwtClaimTenantExtractor({ claimKey: 'org.id' });
const read = (payload: string): string | null => extractor.extract(bearing(token(payload)));

describe('the tenant in a claim of an unverified token', () => {
  it.each([
    ['{"org":{"id":"acme"}}', 'acme'],
    ['{"org.id":"literal","org":{"id":"nested"}}', 'literal'],
    ['{"org":{"id":"acme","id2":["x"]}}', 'acme'],
    ['{"org":{"id":null}}', null],
    ['{"org.id":null,"org":{"id":"nested"}}', null],
    ['{"org":null}', null],
    ['{"org":{}}', null],
    ['{}', null],
    [' { "org" : { "id" : "acme" } } ', 'acme'],
  ])('of %s is %j', (payload, expected) => {
    expect(read(payload)).toBe(expected);
  });

  it('is the last one where a key comes twice, as in every check of the same token', () => {
    expect(read('{"org":{"id":"first"},"org":{"id":"last"}}')).toBe('last');
  });

  it.each(['["A"]', '{}', '1', 'true', 'false', '""', '[]', '0', '{"toString":"x"}'])(
    'is refused when it is %s, and never turned into a text',
    (value) => {
      const refusal = expect.objectContaining({ code: 'TENANT_ID_INVALID', status: 400 }) as Error;
      expect(() => read(`{"org":{"id":${value}}}`)).toThrow(refusal);
    },
  );

  it.each(['"text"', '["id"]', '[{"id":"acme"}]', '7', 'true'])('is refused when it is looked for in %s', (value) => {
    expect(() => read(`{"org":${value}}`)).toThrow('Invalid tenant ID format');
  });

  it.each([
    [`{"exp":${now + 60}}`, 'acme'],
    [`{"exp":${now + 0.5 + 60}}`, 'acme'],
    [`{"nbf":${now - 60}}`, 'acme'],
    [`{"exp":${now - 1}}`, null],
    [`{"exp":0}`, null],
    [`{"exp":-1}`, null],
    [`{"nbf":${now + 60}}`, null],
    [`{"exp":${now + 60},"nbf":${now + 60}}`, null],
  ])('of a token with %s is %j', (times, expected) => {
    expect(read(JSON.stringify({ ...(JSON.parse(times) as object), org: { id: 'acme' } }))).toBe(expected);
  });

  it.each([
    `"exp":"${now + 60}"`,
    '"exp":"never"',
    '"exp":null',
    '"exp":true',
    '"exp":[1]',
    '"exp":1e999',
    `"nbf":"${now - 60}"`,
    '"nbf":null',
    '"nbf":{}',
  ])('is refused with a time that is no number: %s', (time) => {
    expect(() => read(`{${time},"org":{"id":"acme"}}`)).toThrow(
      expect.objectContaining({ code: 'TENANT_PROOF_INVALID', status: 401 }) as Error,
    );
  });

  it.each([
    ['no token', 'Bearer'],
    ['another scheme', 'Basic YTpi'],
    ['no scheme', token('{"org":{"id":"acme"}}')],
    ['two parts', `Bearer ${encode('{}')}.${encode('{"org":{"id":"acme"}}')}`],
    ['four parts', `Bearer ${token('{"org":{"id":"acme"}}')}.x`],
    ['five parts', `Bearer ${token('{"org":{"id":"acme"}}')}.x.x`],
    ['an empty payload', 'Bearer a..c'],
    ['blanks', `Bearer ${token('{"org":{"id":"acme"}}')} x`],
    ['standard base64', `Bearer a.${Buffer.from('{"org":{"id":"acme"}}').toString('base64')}==.c`],
    ['no JSON', `Bearer ${token('org=acme')}`],
    ['a list', `Bearer ${token('[{"org":{"id":"acme"}}]')}`],
    ['a text', `Bearer ${token('"acme"')}`],
    ['null', `Bearer ${token('null')}`],
    ['a byte order mark', `Bearer ${token('\ufeff{"org":{"id":"acme"}}')}`],
    ['broken UTF-8', `Bearer a.${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.c`],
    ['8 KiB', `Bearer ${token(`{"org":{"id":"acme"},"x":"${'x'.repeat(8192)}"}`)}`],
  ])('is none with %s', (_name, authorization) => {
    expect(extractor.extract(rawRequest([['Authorization', authorization]]))).toBeNull();
  });

  it('is read behind any spelling of the scheme, and without a signature', () => {
    const unsigned = token('{"org":{"id":"acme"}}', '{"alg":"none"}', '');
    for (const scheme of ['Bearer', 'bearer', 'BEARER  ']) {
      expect(extractor.extract(rawRequest([['Authorization', `${scheme} ${unsigned}`]]))).toBe('acme');
    }
    expect(extractor.extract({ headers: {} })).toBeNull();
  });

  it('may be in another header', () => {
    const other = new JwtClaimTenantExtractor({ claimKey: 'https://example.com/tenant', headerName: 'X-Id-Token' });
    const request = rawRequest([['X-Id-Token', `Bearer ${token('{"https://example.com/tenant":"acme"}')}`]]);
    expect(other.extract(request)).toBe('acme');
  });

  it('is refused when the header came twice', () => {
    const headers = { authorization: `Bearer ${token('{"org":{"id":"a"}}')}` };
    const rawHeaders = ['Authorization', headers.authorization, 'authorization', 'Bearer x'];
    expect(() => extractor.extract({ headers, rawHeaders })).toThrow(
      expect.objectContaining({ code: 'HEADER_REPEATED', status: 400 }) as Error,
    );
  });

  it.each(['toString', 'valueOf', 'hasOwnProperty', 'isPrototypeOf'])(
    'is none for what objects inherit: %s',
    (claimKey) => {
      expect(new JwtClaimTenantExtractor({ claimKey }).extract(bearing(token('{}')))).toBeNull();
      expect(read('{"__proto__":{"org":{"id":"acme"}}}')).toBeNull();
      expect(read('{"constructor":{"prototype":{"org":{"id":"acme"}}}}')).toBeNull();
    },
  );

  it('is none for what was put on the prototype of all objects', () => {
    Object.defineProperty(Object.prototype, 'org', { value: { id: 'evil' }, configurable: true });
    try {
      expect(read('{}')).toBeNull();
    } finally {
      delete (Object.prototype as { org?: unknown }).org;
    }
  });
});

describe('JwtClaimTenantExtractor', () => {
  it.each<[unknown, string]>([
    [{}, 'claimKey'],
    [{ claimKey: '' }, 'claimKey'],
    [{ claimKey: '__proto__' }, 'claimKey: is the name of something every object inherits'],
    [{ claimKey: 'org.__proto__.id' }, 'claimKey'],
    [{ claimKey: 'constructor.name' }, 'claimKey'],
    [{ claimKey: 'org', headerName: 'a b' }, 'headerName: expected the name of a header'],
    [{ claimKey: 'org', header: 'x' }, 'header'],
  ])('refuses %j and names the option', (options, message) => {
    const make = (): unknown => new JwtClaimTenantExtractor(options as JwtClaimExtractorOptions);
    expect(make).toThrow(InvalidOptionsError);
    expect(make).toThrow(message);
  });

  it('does not pass for a source of verified values', () => {
    expect('verified' in extractor).toBe(false);
  });
});
