import { internalsOf } from '../client/client-internals';
import type { OperationPlanner } from './operation-plan';
import { PlannedClient } from './planned-client';

/**
 * Has a planner say what becomes of the operations of a client: what is run instead, in which transaction, and what runs
 * before, after and once it is committed. Takes effect on the client itself and on everything extended from it, whether it
 * is attached to the context before, later or never. Several planners work together: later ones plan what earlier ones made
 * of an operation. The same planner twice counts once.
 *
 * An operation inside a transaction runs its steps there; outside it opens one, when it has steps. What runs in steps is not
 * planned. In a `$transaction(callback)` that goes on although half of a plan had failed, nothing is kept; where nothing had
 * been written yet, the transaction goes on as Prisma's do. Savepoints that are set in raw SQL are not followed.
 *
 * @param client - a Prisma client, extended or not
 * @param planner - the planner
 * @throws PrismaInternalsError when the client is none, or one that is built differently
 */
export function planOperations(client: unknown, planner: OperationPlanner): void {
  PlannedClient.of(internalsOf(client)).add(planner);
}
