import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as root from '../../src';
import * as cache from '../../src/cache';
import * as graphql from '../../src/graphql';
import * as jwt from '../../src/jwt';
import * as testing from '../../src/testing';

const PACKAGE = join(__dirname, '../..');
const DOCUMENTS = ['../../docs/guides/tenancy.md', 'README.md'];

const read = (...parts: string[]): string => readFileSync(join(PACKAGE, ...parts), 'utf8');

/** Every code that this package throws, with its status where the source states one. */
const codes = readdirSync(join(PACKAGE, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => [...read('src', file).matchAll(/code: '([A-Z_]+)',?\s*(?:status: (\d+))?/g)])
  .map(([, code = '', status = '500']) => [code, status] as const)
  .filter(([code]) => code !== 'INTERNAL');

describe.each(DOCUMENTS)('%s', (document) => {
  const rows = read(document)
    .split('\n')
    .filter((line) => line.startsWith('|'));

  it.each(codes)('tells of %s, which is %s', (code, status) => {
    const row = rows.find((line) => line.includes(`\`${code}\``));
    expect(row).toBeDefined();
    expect(row).toMatch(new RegExp(`\\| *(${status}|boot|test) *\\|`));
  });
});

it('there are codes to look for', () => {
  expect(codes.length).toBeGreaterThan(15);
  expect(codes).toContainEqual(['TENANT_FORBIDDEN', '403']);
});

it.each(Object.entries({ root, cache, graphql, jwt, testing }))(
  'the README tells of all that %s exports',
  (_name, api) => {
    const readme = read('README.md');
    expect(Object.keys(api).length).toBeGreaterThan(0);
    expect(Object.keys(api).filter((name) => !new RegExp(`\\b${name}\\b`).test(readme))).toEqual([]);
  },
);
