import { describe, expect, it } from 'vitest';
import { InvalidTenantIdError, parseTenantId } from '../src';

describe('parseTenantId', () => {
  it.each([
    ['tenant-a', 'tenant-a'],
    ['ACME', 'acme'],
    ['0', '0'],
    ['a_b-c', 'a_b-c'],
    ['A'.repeat(63), 'a'.repeat(63)],
    ['3F2504E0-4F89-41D3-9A0C-0305E82C3301', '3f2504e0-4f89-41d3-9a0c-0305e82c3301'],
  ])('accepts %j as %j', (value, canonical) => {
    expect(parseTenantId(value)).toBe(canonical);
  });

  it.each([
    '',
    ' ',
    'a ',
    ' a',
    '-a',
    '_a',
    'a'.repeat(64),
    'a\n',
    'a\0',
    'a,b',
    'a/b',
    '..',
    'caf\u00e9',
    'cafe\u0301',
    '\u0430cme',
    '\u202eacme',
    '\u{1f600}',
    'x'.repeat(1_000_000),
    undefined,
    null,
    1,
    true,
    ['a'],
    { toString: () => 'a' },
  ])('refuses %j', (value) => {
    expect(() => parseTenantId(value)).toThrow(InvalidTenantIdError);
  });

  it('does not repeat hostile input in the message', () => {
    expect(() => parseTenantId('<script>')).toThrow(/^Invalid tenant ID format$/);
  });
});
