import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

const conditions = ['@nestarc/source', ...defaultServerConditions];

/** The pool builds on a contract inside pg; it is tested with the oldest pg the packages accept as a peer, too. */
const OLDEST_PG = 'pg-oldest';

export default defineConfig({
  // Tests lie outside of their package's tsconfig; they are compiled as the sources are.
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  ssr: { resolve: { conditions } },
  resolve: { conditions },
  test: {
    globalSetup: ['tools/vitest/postgres.setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
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
          setupFiles: ['reflect-metadata'],
          // Generated Prisma clients are CommonJS: let Node load them, as an application would.
          server: { deps: { external: [/\/generated\//] } },
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        resolve: { alias: { pg: OLDEST_PG } },
        test: { name: OLDEST_PG, include: ['packages/postgres/test/pool/*.test.ts'] },
      },
    ],
  },
});
