import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import * as root from '../../src';

const PACKAGE = join(__dirname, '../..');
const GUIDE = '../../docs/guides/audit-log.md';

const read = (...parts: string[]): string => readFileSync(join(PACKAGE, ...parts), 'utf8');

const sources = readdirSync(join(PACKAGE, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => read('src', file));

/** Every code that this package throws, with its status where the source states one. */
const codes = sources
  .flatMap((source) => [...source.matchAll(/code: '(AUDIT_[A-Z_]+)',?\s*(?:status: (\d+))?/g)])
  .map(([, code = '', status = '500']) => [code, status] as const);

it.each(codes)('the guide tells of %s, which is %s', (code, status) => {
  const told = read(GUIDE)
    .split('\n')
    .filter((line) => line.startsWith('|') && line.includes(`\`${code}\``));
  expect(told.some((line) => new RegExp(`\\| *(${status}|boot) *\\|`).test(line))).toBe(true);
});

it('there are codes to look for', () => {
  expect(codes.length).toBeGreaterThan(8);
  expect(codes).toContainEqual(['AUDIT_REVERT_CONFLICT', '409']);
});

it('the README tells of all that the package exports', () => {
  const readme = read('README.md');
  expect(Object.keys(root).length).toBeGreaterThan(30);
  expect(Object.keys(root).filter((name) => !new RegExp(`\\b${name}\\b`).test(readme))).toEqual([]);
});

const README = 'README.md';
const OPTIONS = [
  ['AuditSqlOptions', 'options/audit-sql.options.ts', README],
  ['AuditExtensionOptions', 'options/audit-extension.options.ts', README],
  ['AuditLogModuleOptions', 'options/audit-module.options.ts', README],
  ['AuditServiceOptions', 'options/audit-service.options.ts', README],
  ['AuditPruneOptions', 'prune/prune.options.ts', GUIDE],
  ['AuditEntry', 'query/audit-entry.ts', GUIDE],
] as const;

it.each(OPTIONS)('every member of %s (%s) is told of in %s', (type, file, document) => {
  const source =
    read('src', file)
      .split(new RegExp(`export interface ${type}\\b[^{]*\\{`))[1]
      ?.split('\n}')[0] ?? '';
  const names = [...source.matchAll(/^ {2}(?:readonly )?(\w+)\??[:(]/gm)].map(([, option = '']) => option);
  expect(names.length).toBeGreaterThan(3);
  const text = read(document);
  expect(names.filter((name) => !['id', 'tenantId'].includes(name) && !text.includes(`\`${name}\``))).toEqual([]);
});
