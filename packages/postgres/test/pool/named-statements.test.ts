import { runWithContext } from '@nestarc/core';
import type { PoolClient } from 'pg';
import { describe, expect, it } from 'vitest';
import { A, B, useNotes, withClient } from './fixture/notes';

/** Tenant `b` is a whale: 49,900 of 50,000 rows; `a` has a hundred of them, spread over the table. */
const notes = useNotes(`
  CREATE TABLE orders (
    id integer PRIMARY KEY,
    tenant_id text NOT NULL,
    amount integer NOT NULL
  );
  INSERT INTO orders SELECT n, CASE WHEN n % 500 = 0 THEN 'a' ELSE 'b' END, n % 100 FROM generate_series(1, 50000) AS n;
  CREATE INDEX ON orders (tenant_id);
  ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
  CREATE POLICY isolation ON orders USING (tenant_id = NULLIF(current_setting('app.current_tenant', true), ''));
  ANALYZE orders;
`);

const TOTAL = { name: 'total', text: 'SELECT count(*)::int AS n FROM orders' };
const ABOVE = { name: 'above', text: 'SELECT count(*)::int AS n FROM orders WHERE amount >= $1', values: [0] };

async function countOf(client: PoolClient, query: { name?: string; text: string }): Promise<number | undefined> {
  return (await client.query<{ n: number }>(query)).rows[0]?.n;
}

/** Pages that a statement reads: what a bad plan costs, however busy the machine is. */
async function pagesOf(client: PoolClient, statement: string): Promise<number> {
  const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ${statement}`);
  const [{ 'QUERY PLAN': plans }] = rows as [{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }];
  const { 'Shared Hit Blocks': hit = 0, 'Shared Read Blocks': read = 0 } = plans[0].Plan;
  return hit + read;
}

describe('a named statement', () => {
  it('of two tenants on one connection gives each its own rows', async () => {
    await withClient(notes.pool, A, async (client) => {
      for (let n = 0; n < 12; n++) {
        expect(await countOf(client, TOTAL)).toBe(100);
        await runWithContext(B, async () => expect(await countOf(client, TOTAL)).toBe(49_900));
      }
    });
  });

  it('T-47 that was planned for a small tenant is right for a whale, and reads about as many pages as a fresh plan', async () => {
    await withClient(notes.pool, A, async (client) => {
      for (const query of [TOTAL, ABOVE]) {
        for (let n = 0; n < 10; n++) expect(await countOf(client, query)).toBe(100);
        await runWithContext(B, async () => expect(await countOf(client, query)).toBe(49_900));
      }
      await runWithContext(B, async () => {
        const kept = [await pagesOf(client, 'EXECUTE total'), await pagesOf(client, 'EXECUTE above(0)')];
        const fresh = [await pagesOf(client, TOTAL.text), await pagesOf(client, ABOVE.text.replace('$1', '0'))];
        kept.forEach((pages, n) => expect(pages).toBeLessThan(1.5 * (fresh[n] ?? 0)));
      });
    });
  });

  it('is known to the next user of the connection, in a transaction and after an error', async () => {
    const pool = notes.openPool();
    const failing = { name: 'failing', text: 'SELECT 1 / $1::int AS n' };
    for (const context of [A, B]) {
      await withClient(pool, context, async (client) => {
        await expect(client.query({ ...failing, values: [0] })).rejects.toMatchObject({ code: '22012' });
        expect((await client.query({ ...failing, values: [1] })).rows).toEqual([{ n: 1 }]);
        await client.query('BEGIN');
        expect(await countOf(client, TOTAL)).toBe(context === A ? 100 : 49_900);
        await client.query('COMMIT');
      });
    }
    const { rows } = await runWithContext(A, () =>
      pool.query("SELECT name FROM pg_prepared_statements WHERE name NOT LIKE 'nestarc%' ORDER BY name"),
    );
    expect(rows).toEqual([{ name: 'failing' }, { name: 'total' }]);
  });

  it('that ends or moves within a transaction is seen for what it is, also by its name alone', async () => {
    await withClient(notes.pool, A, async (client) => {
      const back = { name: 'back', text: 'ROLLBACK TO SAVEPOINT s' };
      for (let n = 0; n < 2; n++) {
        await client.query('BEGIN');
        await client.query('SAVEPOINT s');
        expect(await countOf(client, TOTAL)).toBe(100);
        await client.query(n === 0 ? back : ({ name: 'back' } as never));
        expect(await countOf(client, TOTAL)).toBe(100);
        await client.query('COMMIT');
      }
    });
  });
});
