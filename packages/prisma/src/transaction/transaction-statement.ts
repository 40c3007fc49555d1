import type { ClientInternals, InteractiveTransaction } from '../client/client-internals';
import type { TransactionScope } from './transaction-scope';

/**
 * Sends a statement that controls a transaction. It goes to the engine directly: query extensions of the user, and hooks
 * around operations, have nothing to say about it, and a savepoint must not wait for itself.
 *
 * @param scope - scope of the transaction
 * @param statement - what to send; the statements of this package are constants and take no values
 */
export function sendControl(scope: TransactionScope, statement: ControlStatement): Promise<void> {
  return sendStatement(scope.trunk.client.internals, scope.transaction, statement);
}

/**
 * Does the same for a transaction that has no scope.
 *
 * @param client - internals of the client
 * @param transaction - the transaction
 * @param statement - what to send
 */
export async function sendStatement(
  client: ClientInternals,
  { id, payload }: InteractiveTransaction,
  statement: ControlStatement,
): Promise<void> {
  const query = { arguments: { query: statement, parameters: '[]' }, selection: {} };
  await client._engine.request(
    { modelName: undefined, action: 'executeRaw', query },
    { interactiveTransaction: { id, payload }, isWrite: true },
  );
}

/** The statements there are; the number is one this package counted. */
export type ControlStatement =
  | 'SELECT 1'
  | 'SET TRANSACTION READ ONLY'
  | `SAVEPOINT nestarc_${number}`
  | `RELEASE SAVEPOINT nestarc_${number}`
  | `ROLLBACK TO SAVEPOINT nestarc_${number}`;
