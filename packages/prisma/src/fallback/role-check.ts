import { assertRestrictedRole } from '@nestarc/postgres';
import type { OwnStatement } from './own-statement';

/**
 * Makes a check of the database role that runs ahead of a client's first statement, because only then there is a
 * connection.
 *
 * @param run - runs a statement on the client
 * @returns resolves once the role has been found restricted; a check that failed, for whatever reason, is made again
 */
export function roleCheck(run: OwnStatement): () => Promise<void> {
  let check: Promise<void> | undefined;
  return () => {
    check ??= assertRestrictedRole({
      query: async (text) => ({ rows: rowsOf(await run('queryRaw', text, [], undefined)) }),
    }).catch((error: unknown) => {
      check = undefined;
      throw error;
    });
    return check;
  };
}

/** Whatever `$queryRaw` returns is an array of rows by the time it gets here. */
function rowsOf(result: unknown): readonly unknown[] {
  return Array.isArray(result) ? result : [];
}
