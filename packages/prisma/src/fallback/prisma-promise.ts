import type { TransactionInfo } from '../client/client-internals';

/**
 * Makes what `$transaction([…])` takes for one of Prisma's own promises: an operation that runs when it is told its
 * transaction.
 *
 * @param run - runs the operation in the given transaction
 */
export function prismaPromise(run: (transaction: TransactionInfo) => Promise<unknown>): PromiseLike<unknown> {
  const outsideOfAny = (): Promise<never> => Promise.reject(new Error('this operation only runs in a transaction'));
  const promise = {
    then: (...handlers: Parameters<Promise<unknown>['then']>) => outsideOfAny().then(...handlers),
    requestTransaction: run,
    [Symbol.toStringTag]: 'PrismaPromise',
  };
  return promise as PromiseLike<unknown>;
}
