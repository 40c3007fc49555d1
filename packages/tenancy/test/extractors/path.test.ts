import { InvalidOptionsError } from '@nestarc/core';
import { describe, expect, it } from 'vitest';
import { type PathExtractorOptions, PathTenantExtractor } from '../../src/extractors/path-tenant.extractor';

const at = (url: string): { headers: Record<string, string>; url: string } => ({ headers: {}, url });
const extractor = new PathTenantExtractor({ pattern: '/api/:version/tenants/:tenantId', paramName: 'tenantId' });

describe('the tenant in the path', () => {
  it.each([
    ['/api/v1/tenants/acme', 'acme'],
    ['/api/v1/tenants/acme/', 'acme'],
    ['/api/v1/tenants/acme/customers/7', 'acme'],
    ['/api/v1/tenants/acme?tenantId=evil', 'acme'],
    ['/api/v1/tenants/acme?next=/api/v1/tenants/evil', 'acme'],
    ['/api/v1/tenants/acme#/api/v1/tenants/evil', 'acme'],
    ['/API/v2/Tenants/ACME', 'ACME'],
    ['/api/v1/tenants/caf%C3%A9', 'caf\u00e9'],
    ['/api/v1/tenants/a+b', 'a+b'],
    ['/api/%zz/tenants/acme', 'acme'],
    ['http://host.example/api/v1/tenants/acme', 'acme'],
    ['http://host.example?/api/v1/tenants/acme', null],
    ['/api/v1/tenants', null],
    ['/api/v1/tenants/', null],
    ['/api/v1/tenants//customers', null],
    ['/v1/tenants/acme', null],
    ['/x/api/v1/tenants/acme', null],
    ['//api/v1/tenants/acme', null],
    ['/api/v1/tenantsX/acme', null],
    ['/api/v1/%74enants/acme', null],
    ['/', null],
    ['', null],
    ['*', null],
  ])('of %s is %j', (url, expected) => {
    expect(extractor.extract(at(url))).toBe(expected);
  });

  it('keeps the text it decodes to, which the rule for ids then refuses', () => {
    expect(extractor.extract(at('/api/v1/tenants/..%2Fevil'))).toBe('../evil');
    expect(extractor.extract(at('/api/v1/tenants/%00'))).toBe('\0');
    expect(extractor.extract(at('/api/v1/tenants/acme%252e'))).toBe('acme%2e');
  });

  it.each(['%', '%2', '%zz', '%ff', '%c0%af', '%ed%a0%80', 'acme%'])(
    'is refused when its encoding is broken: %s',
    (id) => {
      expect(() => extractor.extract(at(`/api/v1/tenants/${id}/x`))).toThrow(
        expect.objectContaining({ code: 'TENANT_ID_INVALID', status: 400 }) as Error,
      );
    },
  );

  it('is looked for in the path as it was sent, also inside of a mounted router', () => {
    expect(extractor.extract({ ...at('/tenants/evil'), originalUrl: '/api/v1/tenants/acme' })).toBe('acme');
    expect(extractor.extract({ headers: {} })).toBeNull();
  });

  it('may be in a part that is optional, and in the middle', () => {
    const optional = new PathTenantExtractor({ pattern: '/app{/t/:tenant}/home/', paramName: 'tenant' });
    expect(optional.extract(at('/app/t/acme/home'))).toBe('acme');
    expect(optional.extract(at('/app/home'))).toBeNull();
    const first = new PathTenantExtractor({ pattern: '/:tenant', paramName: 'tenant' });
    expect(first.extract(at('/acme/customers'))).toBe('acme');
    expect(first.extract(at('/'))).toBeNull();
  });
});

describe('PathTenantExtractor', () => {
  it.each<[unknown, string]>([
    [
      { pattern: '/tenants/:id', paramName: 'tenantId' },
      'paramName: expected the pattern to have the parameter ":tenantId"',
    ],
    [{ pattern: '/tenants/:tenantIdx', paramName: 'tenantId' }, 'paramName'],
    [{ pattern: '/tenants/*tenantId', paramName: 'tenantId' }, 'paramName'],
    [{ pattern: '/:t/:t', paramName: 't' }, 'it is there 2 times'],
    [{ pattern: '/a{/:t}{/b/:t}', paramName: 't' }, 'it is there 2 times'],
    [{ pattern: 'tenants/:t', paramName: 't' }, 'pattern: expected a path that starts with "/"'],
    [{ pattern: '/tenants/:t?', paramName: 't' }, 'pattern'],
    [{ pattern: '/tenants/:t{', paramName: 't' }, 'pattern'],
    [{ pattern: '/tenants/(.*)', paramName: 't' }, 'pattern'],
    [{ pattern: '/:', paramName: '' }, 'paramName'],
    [{ paramName: 't' }, 'pattern'],
    [{ pattern: /x/, paramName: 't' }, 'pattern'],
    [{ pattern: '/:t', paramName: 't', extra: 1 }, 'extra'],
  ])('refuses %j and names the option', (options, message) => {
    const make = (): unknown => new PathTenantExtractor(options as PathExtractorOptions);
    expect(make).toThrow(InvalidOptionsError);
    expect(make).toThrow(message);
  });

  it('looks at the longest path Node lets through in a moment', () => {
    const slow = new PathTenantExtractor({ pattern: '/:a-:b-:c/:t', paramName: 't' });
    const started = performance.now();
    for (const text of ['-'.repeat(16_000), 'a-'.repeat(8000), `/${'a'.repeat(16_000)}`]) slow.extract(at(`/${text}`));
    // Patterns that look again and again take minutes.
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
