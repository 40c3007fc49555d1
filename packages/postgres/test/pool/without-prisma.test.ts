import { createTestDatabase, type TestDatabase } from '@nestarc/testing';
import { sql } from 'drizzle-orm';
import type { PoolClient } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { A, B } from './fixture/notes';
// #region imports
import { createContext, parseTenantId, runWithContext } from '@nestarc/core';
import { ContextPool } from '@nestarc/postgres';
import { drizzle } from 'drizzle-orm/node-postgres';
import { Kysely, PostgresDialect } from 'kysely';
import QueryStream from 'pg-query-stream';
// #endregion imports

// #region pg
/** Moves an amount within the tenant that runs the request: all of it, or nothing. */
export async function transfer(pool: ContextPool, from: string, to: string, amount: number): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('UPDATE accounts SET balance = balance - $1 WHERE name = $2', [amount, from]);
    await client.query('UPDATE accounts SET balance = balance + $1 WHERE name = $2', [amount, to]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}
// #endregion pg

// #region stream
/** Reads the accounts of the tenant without holding them all. */
export async function sumOf(client: PoolClient): Promise<number> {
  let sum = 0;
  const accounts = client.query(new QueryStream('SELECT balance FROM accounts'));
  for await (const account of accounts) sum += (account as { balance: number }).balance;
  return sum;
}
// #endregion stream

// #region kysely
interface Database {
  accounts: { name: string; balance: number };
}

export function balancesWithKysely(pool: ContextPool): Promise<{ name: string; balance: number }[]> {
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  return db.transaction().execute((tx) => tx.selectFrom('accounts').selectAll().orderBy('name').execute());
}
// #endregion kysely

// #region drizzle
export async function namesWithDrizzle(pool: ContextPool): Promise<unknown[]> {
  const db = drizzle({ client: pool });
  const { rows } = await db.transaction((tx) => tx.execute(sql`SELECT name FROM accounts ORDER BY name`));
  return rows;
}
// #endregion drizzle

const SCHEMA = `
  CREATE TABLE accounts (
    tenant_id text NOT NULL DEFAULT NULLIF(current_setting('app.current_tenant', true), ''),
    name text NOT NULL,
    balance integer NOT NULL CHECK (balance >= 0)
  );
  ALTER TABLE accounts ENABLE ROW LEVEL SECURITY;
  CREATE POLICY isolation ON accounts USING (tenant_id = NULLIF(current_setting('app.current_tenant', true), ''));
`;

describe('without Prisma', () => {
  let database: TestDatabase;
  let pool: ContextPool;

  beforeAll(async () => {
    database = await createTestDatabase({ sql: SCHEMA });
    const connectionString = database.appUrl;
    // #region setup
    pool = new ContextPool({ connectionString });
    const context = createContext({ tenantId: parseTenantId('acme') });
    await runWithContext(context, () => pool.query("INSERT INTO accounts (name, balance) VALUES ('cash', 100)"));
    // #endregion setup
  });
  beforeEach(async () => {
    for (const context of [A, B]) {
      await runWithContext(context, async () => {
        await pool.query('DELETE FROM accounts');
        await pool.query("INSERT INTO accounts (name, balance) VALUES ('bank', 5), ('cash', 10)");
      });
    }
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const balances = (): Promise<unknown[]> => balancesWithKysely(pool);

  it('transactions of plain pg move money within the tenant, all of it or nothing', async () => {
    await runWithContext(A, () => transfer(pool, 'cash', 'bank', 4));
    await expect(runWithContext(A, () => transfer(pool, 'bank', 'cash', 99))).rejects.toMatchObject({ code: '23514' });
    expect(await runWithContext(A, balances)).toMatchObject([{ balance: 9 }, { balance: 6 }]);
    expect(await runWithContext(B, balances)).toMatchObject([{ balance: 5 }, { balance: 10 }]);
  });

  it('streams and Drizzle see the tenant’s rows, too', async () => {
    const client = await pool.connect();
    expect(await runWithContext(A, () => sumOf(client))).toBe(15);
    client.release();
    expect(await runWithContext(B, () => namesWithDrizzle(pool))).toEqual([{ name: 'bank' }, { name: 'cash' }]);
  });
});
