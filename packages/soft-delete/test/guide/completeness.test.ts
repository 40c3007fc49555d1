import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as root from '../../src';
import * as testing from '../../src/testing';

const PACKAGE = join(__dirname, '../..');
const DOCUMENTS = ['../../docs/guides/soft-delete.md', 'README.md'];

const read = (...parts: string[]): string => readFileSync(join(PACKAGE, ...parts), 'utf8');

const sources = readdirSync(join(PACKAGE, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => read('src', file));

/** Every code that this package throws, with its status where the source states one. */
const codes = sources
  .flatMap((source) => [...source.matchAll(/code: '(SOFT_DELETE_[A-Z_]+)',?\s*(?:status: (\d+))?/g)])
  .map(([, code = '', status = '500']) => [code, status] as const);

describe.each(DOCUMENTS)('%s', (document) => {
  const rows = read(document)
    .split('\n')
    .filter((line) => line.startsWith('|'));

  it.each(codes)('tells of %s, which is %s', (code, status) => {
    const told = rows.filter((line) => line.includes(`\`${code}\``));
    const isStatus = new RegExp(`\\| *(${status}|boot|test|never) *\\|`);
    expect(told.some((line) => isStatus.test(line))).toBe(true);
  });
});

it('there are codes to look for', () => {
  expect(codes.length).toBeGreaterThan(6);
  expect(codes).toContainEqual(['SOFT_DELETE_ACTOR_INVALID', '500']);
});

it.each(Object.entries({ root, testing }))('the README tells of all that %s exports', (_name, api) => {
  const readme = read('README.md');
  expect(Object.keys(api).length).toBeGreaterThan(0);
  expect(Object.keys(api).filter((name) => !new RegExp(`\\b${name}\\b`).test(readme))).toEqual([]);
});

const OPTIONS = [
  ['SoftDeleteExtensionOptions', 'options/soft-delete.options.ts'],
  ['SoftDeleteSqlOptions', 'sql/soft-delete-sql.options.ts'],
  ['SoftDeleteModuleOptions', 'nest/soft-delete-module.options.ts'],
] as const;

it.each(OPTIONS)('the README tells of every one of %s', (type, file) => {
  const source = read('src', file).split(`export interface ${type} {`)[1]?.split('\n}')[0] ?? '';
  const names = [...source.matchAll(/^ {2}(?:readonly )?(\w+)\??[:(]/gm)].map(([, option = '']) => option);
  expect(names.length).toBeGreaterThan(5);
  const readme = read('README.md');
  expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
});
