import type { DatabaseCheck } from '../client/database-checks';
import type { OwnStatement } from './own-statement';

/**
 * Makes the check of the database run ahead of a client's first statement, because only then there is a connection.
 *
 * @param check - the check
 * @param run - runs a statement on the client
 * @returns resolves once the check has passed; one that failed, for whatever reason, is made again
 */
export function checkOnce(check: DatabaseCheck, run: OwnStatement): () => Promise<void> {
  let checking: Promise<void> | undefined;
  return () => {
    const query = async (text: string): Promise<{ rows: readonly unknown[] }> => {
      return { rows: rowsOf(await run('queryRaw', text, [], undefined)) };
    };
    checking ??= check.run({ query }).catch((error: unknown) => {
      checking = undefined;
      throw error;
    });
    return checking;
  };
}

/** Whatever `$queryRaw` returns is an array of rows by the time it gets here. */
function rowsOf(result: unknown): readonly unknown[] {
  return Array.isArray(result) ? result : [];
}
