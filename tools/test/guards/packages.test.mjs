// @ts-check
import { describe, expect, it } from 'vitest';
import { packages } from '../../guards/packages.mjs';
import { makeTree, manifest, problemsOf } from './tree.mjs';

const engines = { node: '>=20' };

/**
 * @param {string} name
 * @param {object} [fields]
 */
function fullManifest(name, fields) {
  return manifest(name, {
    description: 'A package',
    keywords: ['nestjs'],
    license: 'MIT',
    author: 'nestarc contributors',
    repository: { type: 'git', url: 'git+https://github.com/nestarc/nestarc.git', directory: `packages/${name}` },
    type: 'commonjs',
    sideEffects: false,
    engines,
    main: './dist/index.js',
    types: './dist/index.d.ts',
    files: ['dist', 'src', 'sql', '!**/*.tsbuildinfo'],
    publishConfig: { access: 'public' },
    ...fields,
  });
}

const dependencies = { '@nestarc/core': '0.1.0', zod: '^4.0.0' };

const base = {
  LICENSE: 'MIT\n',
  'package.json': { engines },
  'tsconfig.json': { references: [{ path: 'packages/core' }, { path: 'packages/postgres' }] },
  ...skeleton('core', fullManifest('core'), [], '# core\n'),
  ...skeleton(
    'postgres',
    fullManifest('postgres', { dependencies }),
    [{ path: '../core' }],
    '# postgres\n\n## Dependencies\n\n- `@nestarc/core`: the context\n- `zod`: options\n\n## Next\n',
  ),
};

/**
 * @param {string} name
 * @param {object} json
 * @param {object[]} references
 * @param {string} readme
 */
function skeleton(name, json, references, readme) {
  return {
    [`packages/${name}/package.json`]: json,
    [`packages/${name}/tsconfig.json`]: { references },
    [`packages/${name}/LICENSE`]: 'MIT\n',
    [`packages/${name}/README.md`]: readme,
    [`packages/${name}/src/index.ts`]: 'export {};\n',
    [`packages/${name}/test/index.test.ts`]: 'export {};\n',
  };
}

/** @param {Readonly<Record<string, string | object>>} change */
function problemsWith(change) {
  return problemsOf(packages, makeTree({ ...base, ...change }));
}

describe('guard packages', () => {
  it('accepts packages of one skeleton', () => {
    expect(packages.check(makeTree(base))).toEqual({ looked: 10, problems: [], note: '2 packages' });
  });

  it.each(['README.md', 'LICENSE', 'tsconfig.json', 'src/index.ts', 'test/index.test.ts'])('misses %s', (file) => {
    const { [`packages/core/${file}`]: _absent, ...rest } = /** @type {Record<string, string | object>} */ (base);
    const place = file.startsWith('test/') ? 'test' : file;
    expect(problemsOf(packages, makeTree(rest))).toEqual([expect.stringContaining(`packages/core/${place}:0 `)]);
  });

  it('rejects a licence that differs', () => {
    expect(problemsWith({ 'packages/core/LICENSE': 'GPL\n' })).toEqual([
      expect.stringContaining('differs from the LICENSE'),
    ]);
  });

  it.each([
    ['name', { name: '@other/core' }],
    ['type', { type: 'module' }],
    ['sideEffects', { sideEffects: true }],
    ['engines', { engines: { node: '>=18' } }],
    ['files', { files: ['dist'] }],
    ['main', { main: './index.js' }],
    ['repository', { repository: undefined }],
    ['description', { description: undefined }],
  ])('rejects a package.json whose "%s" differs', (field, fields) => {
    const problems = problemsWith({ 'packages/core/package.json': fullManifest('core', fields) });
    expect(problems).toEqual([expect.stringContaining(`packages/core/package.json:0 "${field}"`)]);
  });

  it.each([
    ['a missing source condition', { '.': { types: './dist/index.d.ts', default: './dist/index.js' } }],
    [
      'another order',
      { '.': { types: './dist/index.d.ts', '@nestarc/source': './src/index.ts', default: './dist/index.js' } },
    ],
    [
      'a file of another name',
      { '.': { '@nestarc/source': './src/index.ts', types: './dist/a.d.ts', default: './dist/a.js' } },
    ],
  ])('rejects exports with %s', (_, exports) => {
    const json = fullManifest('core', { exports: { ...exports, './package.json': './package.json' } });
    expect(problemsWith({ 'packages/core/package.json': json })).toEqual([expect.stringContaining('"exports" of "."')]);
  });

  it('rejects another version of a sibling', () => {
    const json = fullManifest('postgres', { dependencies: { ...dependencies, '@nestarc/core': '0.0.9' } });
    expect(problemsWith({ 'packages/postgres/package.json': json })).toEqual([
      expect.stringContaining('"@nestarc/core" must be "0.1.0"'),
    ]);
  });

  it.each([
    ['too few', []],
    ['too many', [{ path: '../core' }, { path: '../prisma' }]],
  ])('rejects %s references', (_, references) => {
    expect(problemsWith({ 'packages/postgres/tsconfig.json': { references } })).toEqual([
      expect.stringContaining('"references" must be exactly ../core'),
    ]);
  });

  it('rejects a package the root does not build', () => {
    expect(problemsWith({ 'tsconfig.json': { references: [{ path: 'packages/core' }] } })).toEqual([
      expect.stringContaining('packages/postgres/tsconfig.json:0 is not among'),
    ]);
  });

  it('rejects a runtime dependency that the README does not justify', () => {
    const readme = '# postgres\n\nUses zod.\n\n## Dependencies\n\n- `@nestarc/core`: the context\n\n## Next\n\nzod\n';
    expect(problemsWith({ 'packages/postgres/README.md': readme })).toEqual([
      expect.stringContaining('says nothing about "zod"'),
    ]);
  });
});
