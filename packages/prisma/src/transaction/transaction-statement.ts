import type { TransactionScope } from './transaction-scope';

/**
 * Sends a statement that controls a transaction. It goes to the engine directly: query extensions of the user, and hooks
 * around operations, have nothing to say about it, and a savepoint must not wait for itself.
 *
 * @param scope - scope of the transaction
 * @param statement - what to send; the statements of this package are constants and take no values
 */
export async function sendControl(scope: TransactionScope, statement: ControlStatement): Promise<void> {
  const { id, payload } = scope.transaction;
  const query = { arguments: { query: statement, parameters: '[]' }, selection: {} };
  await scope.trunk.client.internals._engine.request(
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
