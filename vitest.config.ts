import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

const conditions = ['@nestarc/source', ...defaultServerConditions];

export default defineConfig({
  // Tests lie outside of their package's tsconfig; they are compiled as the sources are.
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  ssr: { resolve: { conditions } },
  resolve: { conditions },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts', 'tools/test/**/*.test.mjs', 'docs/test/**/*.test.ts'],
    globalSetup: ['tools/vitest/postgres.setup.ts'],
    setupFiles: ['reflect-metadata'],
    // Generated Prisma clients are CommonJS: let Node load them, as an application would.
    server: { deps: { external: [/\/generated\//] } },
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: process.env['CI'] ? ['default'] : ['default'],
  },
});
