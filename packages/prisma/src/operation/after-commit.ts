import { NestarcError } from '@nestarc/core';
import { type ClientInternals, internalsOf } from '../client/client-internals';
import { ambientClients, currentFrame, outsideOf, scopeIn } from '../transaction/ambient-storage';
import { placeOf } from '../transaction/join-transaction';
import { type TransactionHook, TransactionHooks, warnOfHook } from '../transaction/transaction-hooks';
import { PlannedClient } from './planned-client';

/** Thrown when something is to wait for the end of a transaction that nobody follows. */
export class TransactionNotFollowedError extends NestarcError {
  constructor() {
    super('The transaction was begun before anybody asked to follow those of its client', {
      code: 'TRANSACTION_NOT_FOLLOWED',
    });
  }
}

/**
 * Runs a hook once what is written here has been committed; at once where no transaction is open. Given the client of a
 * `$transaction(callback)`, that transaction is meant; given any other, the ambient transaction of a `TransactionHost`, or
 * else the `$transaction(callback)` whose callback is running here. Nothing runs after a rollback, nor for a savepoint that
 * was rolled back. Hooks run one after the other, outside of the transaction and in the context of this call; whoever ended
 * the transaction waits for them. A failure is reported as a warning, and changes nothing.
 *
 * @param client - a Prisma client, extended or not, or that of a transaction's callback
 * @param hook - the hook
 * @throws PrismaInternalsError when the client is none, or one that is built differently
 * @throws TransactionNotFollowedError for a transaction that was begun before the first call of `planOperations` or of this
 */
export function afterCommit(client: unknown, hook: TransactionHook): void {
  const internals = internalsOf(client);
  const hooks = hooksHere(internals, client);
  if (hooks !== undefined) hooks.add('commit', hook);
  else runAtOnce(internals, hook);
}

function hooksHere(internals: ClientInternals, client: unknown): TransactionHooks | undefined {
  const { transactions } = PlannedClient.of(internals);
  const ambient = ambientClients.get(internals);
  const transaction = transactions.transactionOf(client);
  if (transaction === undefined) {
    if (isItxClient(client)) throw new TransactionNotFollowedError();
    const scope = ambient === undefined ? undefined : scopeIn(currentFrame(), ambient);
    return scope?.hooks ?? transactions.current()?.hooks;
  }
  const bound = ambient?.scopeOf(transaction);
  if (bound !== undefined) return placeOf(bound).scope.hooks;
  const followed = transactions.find(transaction);
  if (followed === undefined) throw new TransactionNotFollowedError();
  return followed.hooks;
}

/** Prisma takes from the client of a transaction what only makes sense outside of one. */
const isItxClient = (client: unknown): boolean => (client as { readonly $connect?: unknown }).$connect === undefined;

function runAtOnce(internals: ClientInternals, hook: TransactionHook): void {
  const hooks = new TransactionHooks();
  hooks.add('commit', hook);
  const ambient = ambientClients.get(internals);
  const run = (): Promise<void> => hooks.run('commit', warnOfHook);
  void (ambient === undefined ? run() : outsideOf(ambient, run));
}
