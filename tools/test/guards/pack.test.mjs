// @ts-check
import { describe, expect, it } from 'vitest';
import { checkPack } from '../../guards/pack.mjs';
import { contentProblems } from '../../guards/pack/tarballs.mjs';
import { makeTree, manifest } from './tree.mjs';

const COMPILED = 'Object.defineProperty(exports, "__esModule", { value: true });\n';

/**
 * A built package that has no dependency, so that it installs without a network.
 *
 * @param {Readonly<Record<string, string>>} [files] - what differs
 * @param {object} [fields] - what differs in its package.json
 */
function builtPackage(files = {}, fields = {}) {
  return makeTree({
    'package.json': { name: 'repository', private: true, workspaces: ['packages/*'] },
    'packages/core/package.json': manifest('core', {
      license: 'MIT',
      engines: { node: '>=20' },
      type: 'commonjs',
      main: './dist/index.js',
      types: './dist/index.d.ts',
      files: ['dist', 'src'],
      ...fields,
    }),
    'packages/core/README.md': '# core\n',
    'packages/core/LICENSE': 'MIT\n',
    'packages/core/src/index.ts': 'export const one = 1;\n',
    'packages/core/dist/index.js': `${COMPILED}exports.one = void 0;\nexports.one = 1;\n`,
    'packages/core/dist/index.d.ts': 'export declare const one = 1;\n',
    ...files,
  });
}

/** @param {string} root */
async function messagesFor(root) {
  return (await checkPack(root)).problems.map(({ message }) => message);
}

describe('guard pack', { timeout: 120_000 }, () => {
  it('accepts a package that loads and type-checks in an empty folder', async () => {
    await expect(checkPack(builtPackage())).resolves.toEqual({
      looked: 1,
      unit: 'tarballs',
      problems: [],
      note: '1 entry points',
    });
  });

  it('looks at nothing where there is nothing to publish', async () => {
    await expect(checkPack(makeTree({ 'package.json': {} }))).resolves.toMatchObject({ looked: 0 });
    await expect(checkPack(builtPackage({}, { private: true }))).resolves.toMatchObject({ looked: 0 });
  });

  it('rejects an entry point that is not published, by publint and by the types', async () => {
    const messages = await messagesFor(builtPackage({}, { files: ['src'] }));
    expect(messages).toContainEqual(expect.stringContaining('lacks a file that matches ^dist\\/index\\.js$'));
    expect(messages).toContainEqual(expect.stringMatching(/^publint: .*dist\/index\.js/));
    expect(messages).toContainEqual(expect.stringContaining('cannot be loaded from an empty folder'));
    expect(messages).toContainEqual(expect.stringContaining("Cannot find module '@nestarc/core'"));
  });

  it('rejects an export that ES modules cannot see by its name', async () => {
    const dist = `${COMPILED}Object.assign(exports, { one: 1 });\n`;
    const messages = await messagesFor(builtPackage({ 'packages/core/dist/index.js': dist }));
    expect(messages).toContainEqual(expect.stringContaining("Named export 'one' not found"));
  });

  it('rejects declarations that do not compile for a strict user', async () => {
    const types = "import type { T } from 'not-installed';\nexport declare const one: T;\n";
    const messages = await messagesFor(builtPackage({ 'packages/core/dist/index.d.ts': types }));
    expect(messages).toEqual([
      expect.stringMatching(/^node_modules\/@nestarc\/core\/dist\/index\.d\.ts:1 Cannot find/),
    ]);
  });
});

describe('contentProblems', () => {
  const complete = ['package.json', 'README.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts', 'src/index.ts'];

  it('accepts built files, sources, documentation and licence', () => {
    expect(contentProblems(complete)).toEqual([]);
  });

  it.each(complete)('misses %s', (file) => {
    expect(contentProblems(complete.filter((other) => other !== file))).toHaveLength(1);
  });

  it.each(['test/a.test.ts', 'src/a.test.ts', 'dist/a.spec.js', 'tsconfig.tsbuildinfo', '.env'])(
    'rejects %s',
    (file) => {
      expect(contentProblems([...complete, file])).toEqual([expect.stringContaining(`contains ${file}`)]);
    },
  );
});
