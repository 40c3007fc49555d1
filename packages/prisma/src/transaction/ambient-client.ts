import type { ClientInternals, InteractiveTransaction } from '../client/client-internals';
import { ambientClients } from './ambient-storage';
import type { TransactionScope } from './transaction-scope';

/** A client whose operations join the ambient transaction. */
export interface AmbientClient {
  readonly internals: ClientInternals;
  /**
   * Makes a scope known, for operations that carry its transaction to be recognised.
   *
   * @param scope - the scope
   */
  register(scope: TransactionScope): void;
  /**
   * Finds the scope whose transaction this is.
   *
   * @param transaction - what Prisma passes along with an operation
   */
  scopeOf(transaction: unknown): TransactionScope | undefined;
  /**
   * Takes note of the client that a transaction's callback is given.
   *
   * @param itxClient - the client
   * @param transaction - its transaction
   */
  remember(itxClient: object, transaction: InteractiveTransaction): void;
  /**
   * Gives the transaction of a client that a transaction's callback was given.
   *
   * @param itxClient - the client
   */
  transactionOf(itxClient: unknown): InteractiveTransaction | undefined;
}

/**
 * Makes an attached client known to transaction hosts.
 *
 * @param internals - internals of the client
 */
export function createAmbientClient(internals: ClientInternals): AmbientClient {
  const scopes = new WeakMap<object, TransactionScope>();
  const transactions = new WeakMap<object, InteractiveTransaction>();
  const client: AmbientClient = {
    internals,
    register: (scope) => scopes.set(scope.transaction, scope),
    scopeOf: (transaction) => (isObject(transaction) ? scopes.get(transaction) : undefined),
    remember: (itxClient, transaction) => transactions.set(itxClient, transaction),
    transactionOf: (itxClient) => (isObject(itxClient) ? transactions.get(itxClient) : undefined),
  };
  ambientClients.set(internals, client);
  return client;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
