import { createPrismaSoftDeleteExtension } from '@nestarc/soft-delete';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '#soft-delete-client';

/** A client of the bench's schema. */
export type BenchClient = PrismaClient;

/** Connections of each client. */
export const POOL_SIZE = 10;

/**
 * Makes a client without the package.
 *
 * @param connectionString - the database
 */
export const bareClient = (connectionString: string): BenchClient =>
  // A contender whose turn is long in coming would otherwise find its connections closed and open them on the clock.
  new PrismaClient({ adapter: new PrismaPg({ connectionString, max: POOL_SIZE, idleTimeoutMillis: 0 }) });

/**
 * Makes a client with the package.
 *
 * @param connectionString - the database
 */
export function softDeletingClient(connectionString: string): BenchClient {
  const extension = createPrismaSoftDeleteExtension({
    softDeleteModels: ['Author', 'Book', 'Chapter'],
    cascade: { Author: ['Book'], Book: ['Chapter'] },
  });
  return bareClient(connectionString).$extends(extension) as unknown as BenchClient;
}
