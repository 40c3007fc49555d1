import { sql } from '@nestarc/postgres';
import type { OperationTransaction } from '@nestarc/prisma';
import { sqlFailure } from '../rows/sql-failure';

/**
 * Tells whether PostgreSQL refused to remove rows because others refer to them.
 *
 * @param error - what the removal failed with
 */
export function isReferredTo(error: unknown): boolean {
  return sqlFailure(error)?.sqlState === '23503';
}

/**
 * Removes rows in such a way that the transaction goes on where PostgreSQL refuses that: one of the caller's would be aborted.
 *
 * @param tx - the transaction
 * @param remove - removes the rows
 * @returns what `remove` gave, or the refusal
 */
export async function withSavepoint<T>(
  tx: OperationTransaction,
  remove: () => Promise<T>,
): Promise<{ readonly removed: T } | { readonly refusal: unknown }> {
  await tx.execute(sql`SAVEPOINT nestarc_purge`);
  try {
    const removed = await remove();
    await tx.execute(sql`RELEASE SAVEPOINT nestarc_purge`);
    return { removed };
  } catch (error) {
    if (!isReferredTo(error)) throw error;
    await tx.execute(sql`ROLLBACK TO SAVEPOINT nestarc_purge`);
    await tx.execute(sql`RELEASE SAVEPOINT nestarc_purge`);
    return { refusal: error };
  }
}
