import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

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
