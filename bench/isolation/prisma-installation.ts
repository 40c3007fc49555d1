import type { PrismaPg } from '@prisma/adapter-pg';
import { createRequire } from 'node:module';
import type { PrismaClient } from '#isolation-client';

/** Major versions of Prisma that are measured. */
export type PrismaMajor = 6 | 7;

/** A Prisma client of the bench's schema; what the bench calls is the same in both versions. */
export type BenchClient = PrismaClient;

/** One version of Prisma. */
export interface PrismaInstallation {
  /** Its full version. */
  readonly version: string;
  /**
   * Makes a client that keeps its connections, with the same settings for whoever asks.
   *
   * @param url - connection string
   */
  readonly connect: (url: string) => BenchClient;
}

/** Connections of each client. */
export const POOL_SIZE = 10;

const MODULES = {
  6: { client: '#isolation-client-6', adapter: 'adapter-pg-6' },
  7: { client: '#isolation-client', adapter: '@prisma/adapter-pg' },
} as const;

/**
 * Loads a version of Prisma. It is not imported: the client of Prisma 6 is generated only where it is measured.
 *
 * @param major - which one
 */
export function loadPrisma(major: PrismaMajor): PrismaInstallation {
  const load = createRequire(__filename);
  const { client, adapter } = MODULES[major];
  const generated = load(client) as typeof import('#isolation-client');
  const adapters = load(adapter) as { readonly PrismaPg: typeof PrismaPg };
  return {
    version: generated.Prisma.prismaVersion.client,
    connect: (connectionString) => {
      // A contender whose turn is long in coming would otherwise find its connections closed and open them on the clock.
      const pool = { connectionString, max: POOL_SIZE, idleTimeoutMillis: 0 };
      return new generated.PrismaClient({ adapter: new adapters.PrismaPg(pool) });
    },
  };
}
