import { transactionVerb, UnsupportedStatementError } from '@nestarc/postgres';
import type { ClientInternals } from './client-internals';

/** Moving within a transaction is the user's business. */
const WITHIN = /^[\s;]*(?:savepoint|release)\b/i;

/**
 * Refuses raw SQL that begins or ends a transaction. Prisma does not see it: what comes after a COMMIT of the user would be
 * committed by itself, statement by statement, and Prisma 6 does not give such a connection back.
 *
 * @param client - internals of the client
 */
export function refuseTransactionControl(client: ClientInternals): void {
  const execute = client._executeRequest;
  client._executeRequest = function (request) {
    if (request.model === undefined && controlsTransaction(rawText(request.args))) {
      return Promise.reject(
        new UnsupportedStatementError(
          'Prisma begins and ends transactions itself: use $transaction(), and throw to undo it',
        ),
      );
    }
    return execute.call(this, request);
  };
}

function controlsTransaction(text: string): boolean {
  const verb = transactionVerb(text);
  return verb === 'begin' || verb === 'chain' || (verb === 'control' && !WITHIN.test(text));
}

/** The text of `$queryRawUnsafe(text, …)`, of a tagged template, or of a typed query. */
function rawText(args: unknown): string {
  if (Array.isArray(args)) return typeof args[0] === 'string' ? args[0] : '';
  const { sql, strings } = (args ?? {}) as { readonly sql?: unknown; readonly strings?: unknown };
  if (typeof sql === 'string') return sql;
  return Array.isArray(strings) ? strings.join('$') : '';
}
