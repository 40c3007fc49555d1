// @ts-check
import { describe, expect, it } from 'vitest';
import { dependencies } from '../../guards/dependencies.mjs';
import { makeTree, manifest, problemsOf } from './tree.mjs';

const tenancyDependencies = { dependencies: { '@nestarc/core': '0.1.0' }, peerDependencies: { rxjs: '^7.0.0' } };

const base = {
  'package.json': { devDependencies: { vitest: '4.1.12' } },
  'packages/core/package.json': manifest('core'),
  'packages/core/src/index.ts': "import { join } from 'node:path';\nexport const file = join('a', 'b');\n",
  'packages/tenancy/package.json': manifest('tenancy', tenancyDependencies),
  'packages/tenancy/src/index.ts':
    "import { of } from 'rxjs';\nexport { file } from '@nestarc/core';\nexport { of };\n",
  'packages/tenancy/test/index.test.ts':
    "import { it } from 'vitest';\nimport '../src';\nimport '@nestarc/testing';\nit;\n",
  'packages/testing/package.json': manifest('testing'),
  'packages/testing/src/index.ts': 'export {};\n',
  'apps/shop/package.json': { dependencies: { '@nestarc/tenancy': '0.1.0' } },
  'apps/shop/test/main.test.ts': "import '@nestarc/testing';\n",
  'apps/shop/src/main.ts': "import '@nestarc/tenancy';\nimport './app.module';\nimport '#client';\n",
};

/** @param {Readonly<Record<string, string | object>>} change */
function problemsWith(change) {
  return problemsOf(dependencies, makeTree({ ...base, ...change }));
}

describe('guard dependencies', () => {
  it('accepts imports along the arrows, through public entry points', () => {
    const root = makeTree(base);
    expect(dependencies.check(root)).toEqual({ looked: 9, problems: [] });
  });

  it.each([
    ['an import', "import { of } from '@nestarc/tenancy';"],
    ['an export', "export * from '@nestarc/tenancy';"],
    ['an import type', "export type T = import('@nestarc/tenancy').T;"],
    ['a require', "const t = require('@nestarc/tenancy');"],
    ['an import equals', "import t = require('@nestarc/tenancy');"],
    ['a dynamic import', "export const t = () => import('@nestarc/tenancy');"],
  ])('rejects %s against the arrows', (_, code) => {
    const [problem, ...others] = problemsWith({ 'packages/core/src/index.ts': `// first line\n${code}\n` });
    expect(problem).toMatch(/^packages\/core\/src\/index\.ts:2 core may not import @nestarc\/tenancy: /);
    expect(others).toEqual([]);
  });

  it('rejects a package.json that points against the arrows', () => {
    const problems = problemsWith({
      'packages/core/package.json': manifest('core', { peerDependencies: { '@nestarc/tenancy': '0.1.0' } }),
    });
    expect(problems).toEqual([expect.stringMatching(/^packages\/core\/package\.json:0 core may not import/)]);
  });

  it.each([
    ['outbox', 'tenancy'],
    ['pagination', 'prisma'],
    ['safe-response', 'postgres'],
    ['tenancy', 'queue'],
    ['tenancy', 'control-plane'],
  ])('keeps %s from importing %s', (from, to) => {
    const problems = problemsWith({
      [`packages/${from}/package.json`]: manifest(from, { dependencies: { [`@nestarc/${to}`]: '0.1.0' } }),
      [`packages/${from}/src/index.ts`]: 'export {};\n',
    });
    expect(problems).toContainEqual(expect.stringContaining(`${from} may not import @nestarc/${to}`));
  });

  it('lets the packages on the queue import it', () => {
    const problems = problemsWith({
      'packages/jobs/package.json': manifest('jobs', { dependencies: { '@nestarc/queue': '0.1.0' } }),
      'packages/jobs/src/index.ts': "import '@nestarc/queue';\n",
      'packages/queue/package.json': manifest('queue'),
    });
    expect(problems).toEqual([]);
  });

  it('keeps @nestarc/testing out of sources, except those of a testing subpath', () => {
    const declared = manifest('tenancy', { ...tenancyDependencies, devDependencies: { '@nestarc/testing': '0.1.0' } });
    const use = "import '@nestarc/testing';\n";
    const rejected = problemsWith({ 'packages/tenancy/package.json': declared, 'packages/tenancy/src/a.ts': use });
    expect(rejected).toEqual([expect.stringContaining('tenancy may not import @nestarc/testing')]);
    const accepted = problemsWith({ 'packages/tenancy/src/testing/index.ts': use });
    expect(accepted).toEqual([expect.stringContaining('"@nestarc/testing" is not declared')]);
  });

  it('rejects an import below a public entry point', () => {
    const problems = problemsWith({ 'packages/tenancy/src/a.ts': "import '@nestarc/core/dist/index.js';\n" });
    expect(problems).toEqual([expect.stringContaining('"@nestarc/core/dist/index.js" is not a public entry point')]);
  });

  it('rejects a relative import that leaves the package', () => {
    const problems = problemsWith({ 'packages/tenancy/test/a.test.ts': "import '../../core/src/index';\n" });
    expect(problems).toEqual([expect.stringContaining('"../../core/src/index" leaves packages/tenancy')]);
  });

  it('rejects an import of something the package does not declare', () => {
    const problems = problemsWith({ 'packages/tenancy/src/a.ts': "import 'lodash/fp';\n" });
    expect(problems).toEqual([expect.stringContaining('"lodash" is not declared')]);
  });

  it('lets tests, but not sources, use the development dependencies of the repository', () => {
    const problems = problemsWith({ 'packages/tenancy/src/a.ts': "import 'vitest';\n" });
    expect(problems).toEqual([expect.stringContaining('packages/tenancy/src/a.ts:1 "vitest" is not declared')]);
  });

  it.each(['apps/shop/src/a.ts', 'apps/shop/test/a.test.ts', 'bench/isolation/run.ts', 'docs/test/a.test.ts'])(
    'keeps %s to public entry points',
    (file) => {
      const problems = problemsWith({
        'bench/package.json': { dependencies: { '@nestarc/core': '0.1.0' } },
        'docs/package.json': { dependencies: { '@nestarc/core': '0.1.0' } },
        'apps/shop/package.json': { dependencies: { '@nestarc/core': '0.1.0', '@nestarc/tenancy': '0.1.0' } },
        [file]: "import '@nestarc/core';\nimport '@nestarc/core/src/index';\n",
      });
      expect(problems).toEqual([expect.stringMatching(`^${file}:2 "@nestarc/core/src/index" is not a public`)]);
    },
  );

  it('rejects a package that has no row in the table', () => {
    const problems = problemsWith({ 'packages/billing/package.json': manifest('billing') });
    expect(problems).toEqual([expect.stringContaining('packages/billing/package.json:0 has no row')]);
  });
});
