import { internalsOf } from './client-internals';

/**
 * Gives the client that the user constructed, whatever extensions lie on top: what is kept per client is kept under it.
 *
 * @param client - a Prisma client, extended or not
 * @throws PrismaInternalsError when it is none, or one that is built differently
 */
export function originalClient(client: unknown): object {
  return internalsOf(client);
}
