import type { OperationTransaction } from '@nestarc/prisma';
import { joinSql, sql } from '@nestarc/postgres';
import { columnSql, tableSql } from '../cascade/mark-sql';
import type { SoftModel } from '../model/soft-model';
import type { QueryObject } from '../reads/query-value';
import { keyRows, keysJson, sameKey } from '../rows/row-keys';
import { keyOf, selectOf } from './unique-where';

/**
 * Locks the rows that a nested write is about to mark. Prisma (7.10 and 6.19) looks for their keys and updates by key alone,
 * which PostgreSQL does not look at again once it has waited for another deletion: rows would be marked anew, and their children
 * have the marks of the other. What is looked for behind the lock is there.
 *
 * @param tx - the transaction of the write
 * @param model - the model of the rows
 * @param where - finds the rows, as Prisma is told
 */
export async function lockRows(tx: OperationTransaction, { name, info }: SoftModel, where: unknown): Promise<void> {
  const args = { where, select: selectOf(keyOf(info)) };
  const found = (await tx.run({ model: name, action: 'findMany', args, path: [] })) as QueryObject[];
  if (found.length === 0) return;
  const keys = keyRows(info, keysJson(info, found), sql`named`);
  // In one order, or two who lock the same rows would wait for each other.
  const order = joinSql(keyOf(info).map((field) => columnSql(info, field, 'held')));
  await tx.query(sql`SELECT 1 AS held FROM ${tableSql(info)} AS held JOIN ${keys} ON ${sameKey(info, 'held', 'named')}
    ORDER BY ${order} FOR UPDATE OF held`);
}
