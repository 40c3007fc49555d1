import { InvalidTenantIdError } from '@nestarc/core';
import { describe, expect, it } from 'vitest';
import type { TenantIdFormat } from '../../src';
import { TenantIdPolicy } from '../../src/tenant-id-policy';

const UUID = '11111111-1111-4111-8111-11111111111a';
const accept = (format: TenantIdFormat, candidate: unknown): unknown =>
  new TenantIdPolicy({ tenantIdFormat: format }).accept(candidate);

describe('the format of tenant ids', () => {
  it.each([
    ['slug', 'ACME', 'acme'],
    ['slug', 'tenant_1', 'tenant_1'],
    ['slug', 'x'.repeat(63), 'x'.repeat(63)],
    ['uuid', UUID.toUpperCase(), UUID],
    ['text', '  acme  ', 'acme'],
    ['text', 'cafe\u0301', 'caf\u00e9'],
    ['text', 'Org:1/2', 'Org:1/2'],
    ['text', 'x'.repeat(255), 'x'.repeat(255)],
  ] as const)('%s takes %j for %j', (format, candidate, expected) => {
    expect(accept(format, candidate)).toBe(expected);
  });

  const refused: Readonly<Record<TenantIdFormat, readonly unknown[]>> = {
    slug: ['', 'a b', 'caf\u00e9', '-acme', 'a.b', 'x'.repeat(64), '\uff41cme', '\u0430cme', '\u212a', 'a\n'],
    uuid: ['acme', `{${UUID}}`, UUID.replaceAll('-', ''), `${UUID}\n`, `urn:uuid:${UUID}`],
    text: [
      ...['', '  ', 'a\0', 'a\u200bb', 'a\u200fb', '\ud800', 'x'.repeat(256), 'x'.repeat(1_000_000)],
      ...[1, true, null, undefined, ['acme'], {}, { toString: () => 'acme' }],
    ],
  };

  it.each(Object.keys(refused) as TenantIdFormat[])('%s refuses what is none', (format) => {
    for (const candidate of refused[format]) expect(() => accept(format, candidate)).toThrow(InvalidTenantIdError);
  });

  it('is asked ahead of the user’s own rule, which sees the canonical id', async () => {
    const seen: string[] = [];
    const validateTenantId = (tenantId: string): boolean => seen.push(tenantId) > 0 && tenantId !== 'umbrella';
    const policy = new TenantIdPolicy({ tenantIdFormat: 'slug', validateTenantId });
    expect(await policy.accept('ACME')).toBe('acme');
    await expect(policy.accept('Umbrella')).rejects.toBeInstanceOf(InvalidTenantIdError);
    expect(() => policy.accept('a b')).toThrow(InvalidTenantIdError);
    expect(seen).toEqual(['acme', 'umbrella']);
  });
});
