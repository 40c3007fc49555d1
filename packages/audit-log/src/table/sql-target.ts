import { createContext, runWithContext } from '@nestarc/core';

/** What runs SQL: a pool or client of pg, or a Prisma client. */
export type SqlTarget =
  | {
      /**
       * Runs a statement.
       *
       * @param text - SQL without parameters
       */
      query(text: string): PromiseLike<{ readonly rows: readonly unknown[] }>;
    }
  | {
      /**
       * Runs a statement.
       *
       * @param text - SQL without parameters
       */
      $queryRawUnsafe(text: string): PromiseLike<unknown>;
    };

/**
 * Runs a statement that belongs to no tenant.
 *
 * @param target - what runs it
 * @param text - SQL without parameters
 * @returns its rows
 */
export function rowsOf(target: SqlTarget, text: string): Promise<readonly unknown[]> {
  return runWithContext(createContext({ mode: 'bypass' }), async () => {
    if ('query' in target) return (await target.query(text)).rows;
    return (await target.$queryRawUnsafe(text)) as readonly unknown[];
  });
}
