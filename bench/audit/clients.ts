import { createAuditedClient } from '@nestarc/audit-log';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '#audit-client';

/** A client of the bench's schema. */
export type BenchClient = PrismaClient;

/** Connections of each client. */
export const POOL_SIZE = 10;

/** Models that are audited. */
export const TRACKED = { trackedModels: ['Order'] } as const;

/**
 * Makes a client without the package.
 *
 * @param connectionString - the database
 */
export const bareClient = (connectionString: string): BenchClient =>
  new PrismaClient({
    // A contender whose turn is long in coming would otherwise find its connections closed and open them on the clock.
    adapter: new PrismaPg({ connectionString, max: POOL_SIZE, idleTimeoutMillis: 0 }),
    transactionOptions: { maxWait: 60_000, timeout: 60_000 },
  });

/**
 * Makes a client with the package.
 *
 * @param connectionString - the database
 */
export const auditedClient = (connectionString: string): BenchClient =>
  createAuditedClient(bareClient(connectionString), TRACKED);
