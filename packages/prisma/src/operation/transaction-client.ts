import { internalsOf } from '../client/client-internals';
import { ambientClients, currentFrame } from '../transaction/ambient-storage';
import { PlannedClient } from './planned-client';

/**
 * Gives the client of the innermost `$transaction(callback)` whose callback is running here, for statements that are to be part
 * of it although nobody handed it over. Transactions are followed from the first call on: make one where the client is set up.
 *
 * @param client - a Prisma client, extended or not
 * @returns what the callback was given; `undefined` outside of such callbacks, in transactions that were begun before the first
 *   call, and wherever a `TransactionHost` decides which transaction the plain client joins
 * @throws PrismaInternalsError when the client is none, or one that is built differently
 */
export function transactionClient(client: unknown): object | undefined {
  const internals = internalsOf(client);
  const { transactions } = PlannedClient.of(internals);
  const ambient = ambientClients.get(internals);
  for (let entry = currentFrame(); entry !== undefined; entry = entry.outer) {
    if (entry.client === ambient) return undefined;
  }
  return transactions.currentClient();
}
