// @ts-check
import { describe, expect, it } from 'vitest';
import { dtsImports } from '../../guards/dts-imports.mjs';
import { makeTree, manifest, problemsOf } from './tree.mjs';

const peers = { peerDependencies: { '@nestjs/common': '^12.0.0', '@prisma/client': '^7.0.0' } };

/**
 * @param {string} types - what the entry point declares
 * @param {string} [name] - name of the package
 */
function packageWith(types, name = 'tenancy') {
  return makeTree({
    [`packages/${name}/package.json`]: manifest(name, { ...peers, dependencies: { '@nestarc/core': '0.1.0' } }),
    [`packages/${name}/dist/index.d.ts`]: types,
    [`packages/${name}/dist/other.d.ts`]: "export * from './folder';\n",
    [`packages/${name}/dist/folder/index.d.ts`]: "import type { Pool } from 'pg';\nexport type P = Pool;\n",
    [`packages/${name}/dist/internal.d.ts`]: "export * from 'left-pad';\n",
  });
}

describe('guard dts-imports', () => {
  it('accepts what is on the list, and passes over what no entry point reaches', () => {
    const root = packageWith(
      [
        "import { DynamicModule } from '@nestjs/common';",
        "import type { RequestContext } from '@nestarc/core';",
        "import type { AsyncLocalStorage } from 'node:async_hooks';",
        "export type E = import('@prisma/client/extension').Prisma;",
      ].join('\n'),
    );
    expect(dtsImports.check(root)).toEqual({ looked: 1, problems: [] });
  });

  it('follows relative imports to files and folders', () => {
    const root = packageWith("export * from './other';\n");
    expect(dtsImports.check(root).looked).toBe(3);
    expect(problemsOf(dtsImports, root)).toEqual([
      'packages/tenancy/dist/folder/index.d.ts:1 public types mention "pg", which is neither a dependency nor a peer dependency',
    ]);
  });

  it.each([
    ['a package that is not on the list', "export type T = import('left-pad').T;", 'left-pad'],
    ['the generated client', "import { PrismaClient } from '@prisma/client';", '@prisma/client'],
    ['a package above', "import { X } from '@nestarc/outbox';", '@nestarc/outbox'],
    ['a type reference', '/// <reference types="jest" />', 'jest'],
  ])('rejects %s', (_, types, specifier) => {
    expect(problemsOf(dtsImports, packageWith(types))).toEqual([
      expect.stringContaining(`public types may not mention "${specifier}"`),
    ]);
  });

  it('keeps the types of Prisma to the packages that extend it', () => {
    const root = packageWith("export * from '@prisma/client/extension';\n", 'postgres');
    expect(problemsOf(dtsImports, root)).toEqual([
      expect.stringContaining('may not mention "@prisma/client/extension"'),
    ]);
  });

  it.each([
    [{}, [expect.stringContaining('whose types are in "@types/pg"')]],
    [{ dependencies: { '@types/pg': '^8.0.0' } }, []],
  ])('wants the types of pg to come along: %o', (fields, problems) => {
    const root = makeTree({
      'packages/postgres/package.json': manifest('postgres', { peerDependencies: { pg: '^8.0.0' }, ...fields }),
      'packages/postgres/dist/index.d.ts': "import type { Pool } from 'pg';\nexport type P = Pool;\n",
    });
    expect(problemsOf(dtsImports, root)).toEqual(problems);
  });

  it('rejects an entry point that was not built', () => {
    const root = makeTree({ 'packages/core/package.json': manifest('core') });
    expect(problemsOf(dtsImports, root)).toEqual([
      expect.stringContaining('packages/core/dist/index.d.ts:0 does not exist'),
    ]);
  });
});
