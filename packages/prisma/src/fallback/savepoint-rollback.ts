import { transactionVerb } from '@nestarc/postgres';
import type { ClientInternals } from '../client/client-internals';

interface RawQuery {
  readonly query?: { readonly arguments?: { readonly query?: unknown } };
}

/**
 * Watches for rollbacks to a savepoint, the user's and our own, which come to the engine as raw SQL.
 *
 * @param client - internals of the client
 * @param onRollback - called with the id of the interactive transaction once the rollback is done
 */
export function watchSavepointRollbacks(client: ClientInternals, onRollback: (transactionId: unknown) => void): void {
  const { _engine: engine } = client;
  const request = engine.request.bind(engine);
  engine.request = (query, options) => {
    const text = (query as RawQuery).query?.arguments?.query;
    if (typeof text !== 'string' || transactionVerb(text) !== 'rollbackTo') return request(query, options);
    const { interactiveTransaction } = options as { readonly interactiveTransaction?: { readonly id?: unknown } };
    return request(query, options).finally(() => onRollback(interactiveTransaction?.id));
  };
}
