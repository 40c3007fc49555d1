import type { ClientInternals, TransactionInfo } from '../client/client-internals';
import { TransactionNotJoinableError } from '../errors/transaction-not-joinable.error';
import { ambientClients, outsideOf } from '../transaction/ambient-storage';
import { placeOf } from '../transaction/join-transaction';
import { type TransactionHook, TransactionHooks, warnOfHook } from '../transaction/transaction-hooks';
import type { TransactionScope } from '../transaction/transaction-scope';
import type { ClientTransactions } from './client-transactions';

/** What an operation runs in, and how it takes part in that. */
export interface OperationPlace {
  /** The transaction; `undefined` outside of any. */
  readonly transaction: TransactionInfo | undefined;
  /**
   * Has hooks run once what was written here is committed.
   *
   * @param hooks - the hooks
   * @returns resolves when that is arranged for; outside of a transaction, when they have run
   */
  whenCommitted(hooks: readonly TransactionHook[]): void | Promise<void>;
  /**
   * Keeps what was written here from being committed.
   *
   * @param error - why
   */
  doom(error: unknown): void;
  /**
   * Runs the operation; the transaction does not end before it has settled, where that can be helped.
   *
   * @param run - runs it
   */
  attend(run: () => Promise<unknown>): Promise<unknown>;
}

/**
 * Finds out what an operation runs in.
 *
 * @param client - internals of the client
 * @param transactions - the transactions of the client
 * @param transaction - what Prisma passes along with the operation
 */
export function placeOfOperation(
  client: ClientInternals,
  transactions: ClientTransactions,
  transaction: TransactionInfo | undefined,
): OperationPlace {
  if (transaction === undefined) return outsideOfTransactions(client);
  const scope = ambientClients.get(client)?.scopeOf(transaction);
  if (scope !== undefined) return inScope(placeOf(scope).scope);
  const followed = transactions.find(transaction);
  return {
    ...PLAIN,
    transaction,
    whenCommitted: (hooks) => {
      if (followed === undefined) process.emitWarning(NOT_FOLLOWED, 'NestarcWarning');
      else addAll(followed.hooks, hooks);
    },
    doom: (error) => followed?.doom(error),
  };
}

/**
 * The place of a member of an array that is sent as Prisma does it.
 *
 * @param transaction - what Prisma passes along with the operation
 * @param waiting - the hooks of the array
 */
export function placeInArray(transaction: TransactionInfo, waiting: TransactionHooks): OperationPlace {
  return { ...PLAIN, transaction, whenCommitted: (hooks) => addAll(waiting, hooks) };
}

/** What was written outside of a transaction is committed when the operation has succeeded. */
function outsideOfTransactions(client: ClientInternals): OperationPlace {
  return {
    ...PLAIN,
    transaction: undefined,
    whenCommitted: (hooks) => {
      const waiting = new TransactionHooks();
      addAll(waiting, hooks);
      const run = (): Promise<void> => waiting.run('commit', warnOfHook);
      const ambient = ambientClients.get(client);
      return ambient === undefined ? run() : outsideOf(ambient, run);
    },
  };
}

function inScope(scope: TransactionScope): OperationPlace {
  return {
    transaction: scope.transaction,
    whenCommitted: (hooks) => {
      const live = scope.live();
      if (live?.isUndone === false) addAll(live.hooks, hooks);
    },
    doom: (error) => scope.doom(error),
    attend: (run) => scope.attend(run) as Promise<unknown>,
  };
}

const PLAIN = { doom: (): void => undefined, attend: <T>(run: () => T): T => run() };

const addAll = (waiting: TransactionHooks, hooks: readonly TransactionHook[]): void =>
  hooks.forEach((hook) => waiting.add('commit', hook));

const NOT_FOLLOWED =
  'An operation with something to do after COMMIT ran in a transaction that was begun before its plans were made: nobody ' +
  'will know when it is committed. Extend the client before it is used.';

/**
 * Refuses an operation of several statements in an array that cannot wait for them any more.
 *
 * @param transaction - what Prisma passes along with the operation
 * @throws TransactionNotJoinableError when it is such an array
 */
export function assertTakesSteps(transaction: TransactionInfo): void {
  if (transaction.kind !== 'itx') throw new TransactionNotJoinableError();
}
