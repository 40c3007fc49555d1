import { runWithContext, TenantContextMissingError } from '@nestarc/core';
import type { PoolClient } from 'pg';
import { describe, expect, it } from 'vitest';
import { TenantSwitchInTransactionError, UnsupportedStatementError } from '../../src';
import { A, B, NOBODY, useNotes, withClient } from './fixture/notes';

const notes = useNotes();
const bodies = (): Promise<string[]> => notes.bodies();

describe('a transaction on a client of the pool', () => {
  const inTransaction = async (work: (client: PoolClient) => Promise<void>): Promise<void> => {
    const client = await notes.pool.connect();
    try {
      await client.query('BEGIN');
      await work(client);
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
  };

  it('is pinned to its tenant, in no round trip of its own', async () => {
    await runWithContext(A, () =>
      inTransaction(async (client) => {
        notes.counter.reset();
        expect((await client.query('SELECT body FROM notes')).rows).toEqual([{ body: 'of a' }]);
        await client.query('SAVEPOINT s');
        await client.query('ROLLBACK TO SAVEPOINT s');
        expect((await client.query('SELECT body FROM notes')).rows).toEqual([{ body: 'of a' }]);
        expect(notes.counter.count).toBe(4);
      }),
    );
    expect(await runWithContext(B, bodies)).toEqual(['of b']);
  });

  it('refuses statements of another tenant, or of none', async () => {
    for (const context of [B, NOBODY]) {
      const switching = runWithContext(A, () =>
        inTransaction(async (client) => {
          await runWithContext(context, () => client.query('SELECT 1'));
        }),
      );
      await expect(switching).rejects.toBeInstanceOf(TenantSwitchInTransactionError);
    }
  });

  it('goes on where code has lost its context', async () => {
    await runWithContext(A, () =>
      inTransaction(async (client) => {
        const result = await runWithContext(undefined, () => client.query('SELECT body FROM notes'));
        expect(result.rows).toEqual([{ body: 'of a' }]);
      }),
    );
  });

  it('cannot begin without a tenant, nor be chained into one that would have none', async () => {
    const client = await notes.pool.connect();
    await expect(client.query('BEGIN')).rejects.toBeInstanceOf(TenantContextMissingError);
    await runWithContext(A, async () => {
      await client.query('BEGIN');
      await expect(client.query('COMMIT AND CHAIN')).rejects.toBeInstanceOf(UnsupportedStatementError);
      await client.query('ROLLBACK');
    });
    client.release();
  });

  it('decides in order when statements are queued without waiting', async () => {
    const client = await notes.pool.connect();
    const results = await runWithContext(A, () =>
      Promise.all([
        client.query('BEGIN'),
        client.query("INSERT INTO notes (body) VALUES ('new')"),
        client.query('SELECT count(*)::int AS n FROM notes'),
        client.query('ROLLBACK'),
        client.query('SELECT count(*)::int AS n FROM notes'),
      ]),
    );
    client.release();
    expect([results[2].rows, results[4].rows]).toEqual([[{ n: 2 }], [{ n: 1 }]]);
  });

  it('comes to nothing when one of the statements that were queued without waiting fails', async () => {
    const outcomes = await withClient(notes.pool, A, (client) =>
      Promise.allSettled(
        [
          'BEGIN',
          "INSERT INTO notes (body) VALUES ('never')",
          'SELECT 1/0',
          'SELECT 1',
          'COMMIT',
          'SELECT body FROM notes',
        ].map((text) => client.query<{ body: string }>(text)),
      ),
    );
    expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([true, true, false, false, true, true]);
    expect(await runWithContext(A, bodies)).toEqual(['of a']);
    expect(notes.pool.idleCount).toBe(notes.pool.totalCount);
  });

  it('scopes a client outside of transactions statement by statement', async () => {
    const client = await notes.pool.connect();
    const read = () => client.query('SELECT body FROM notes');
    expect((await runWithContext(A, read)).rows).toEqual([{ body: 'of a' }]);
    expect((await runWithContext(B, read)).rows).toEqual([{ body: 'of b' }]);
    await expect(read()).rejects.toBeInstanceOf(TenantContextMissingError);
    client.release();
  });
});

describe('a transaction that is set up, left, or begun in unusual ways', () => {
  const read = 'SELECT body FROM notes ORDER BY id';

  it('takes its isolation level before its first query', async () => {
    await runWithContext(A, async () => {
      const client = await notes.pool.connect();
      await client.query('BEGIN');
      await client.query('SET TRANSACTION ISOLATION LEVEL SERIALIZABLE');
      expect((await client.query('SHOW transaction_isolation')).rows).toEqual([
        { transaction_isolation: 'serializable' },
      ]);
      expect((await client.query(read)).rows).toEqual([{ body: 'of a' }]);
      await client.query('COMMIT');
      client.release();
    });
  });

  it('keeps its tenant when it rolls back to a savepoint made ahead of its first query', async () => {
    await runWithContext(A, async () => {
      const client = await notes.pool.connect();
      await client.query('BEGIN');
      await client.query('SAVEPOINT s');
      expect((await client.query(read)).rows).toEqual([{ body: 'of a' }]);
      await client.query('ROLLBACK TO s');
      expect((await client.query(read)).rows).toEqual([{ body: 'of a' }]);
      await expect(client.query('SELECT 1/0')).rejects.toMatchObject({ code: '22012' });
      await expect(client.query(read)).rejects.toMatchObject({ code: '25P02' });
      await client.query('ROLLBACK TO s');
      expect((await client.query(read)).rows).toEqual([{ body: 'of a' }]);
      await client.query('COMMIT');
      client.release();
    });
  });

  it('is thrown away with its connection when it is left open', async () => {
    const single = notes.openPool();
    await runWithContext(A, async () => {
      const client = await single.connect();
      await client.query('BEGIN');
      await client.query("INSERT INTO notes (body) VALUES ('lost')");
      client.release();
    });
    const next = await single.connect();
    await expect(next.query(read)).rejects.toBeInstanceOf(TenantContextMissingError);
    next.release();
    expect((await runWithContext(B, () => single.query(read))).rows).toEqual([{ body: 'of b' }]);
    expect((await runWithContext(A, () => single.query(read))).rows).toEqual([{ body: 'of a' }]);
  });

  it.each(['BEGIN', ';BEGIN', '/* /* */ */ begin', '-- x\rBEGIN', 'START TRANSACTION', 'COMMIT', 'ROLLBACK'])(
    'is refused by notes.pool.query(%j), which has no connection to keep it on',
    async (text) => {
      await expect(runWithContext(A, () => notes.pool.query(text))).rejects.toBeInstanceOf(UnsupportedStatementError);
      await expect(runWithContext(A, () => notes.pool.query({ text }))).rejects.toBeInstanceOf(
        UnsupportedStatementError,
      );
    },
  );

  it('cannot be followed by another in one string, whatever the session was set to', async () => {
    await withClient(notes.pool, A, async (client) => {
      await client.query("SELECT set_config('app.current_tenant', 'b', false)");
      for (const stacked of ['COMMIT; BEGIN', 'ROLLBACK; BEGIN', 'ROLLBACK; SELECT body FROM notes']) {
        await client.query('BEGIN');
        await expect(client.query(stacked)).rejects.toBeInstanceOf(UnsupportedStatementError);
        await client.query('ROLLBACK');
      }
      for (const chained of [';COMMIT AND CHAIN', 'COMMIT AND/**/CHAIN']) {
        await client.query('BEGIN');
        await expect(client.query(chained)).rejects.toBeInstanceOf(UnsupportedStatementError);
        await client.query('ROLLBACK');
      }
      expect((await client.query(read)).rows).toEqual([{ body: 'of a' }]);
    });
  });

  it('that is refused for want of a tenant costs no connection', async () => {
    const pids = new Set<unknown>();
    for (let n = 0; n < 4; n++) {
      const client = await notes.pool.connect();
      const { rows } = await runWithContext(A, () => client.query('SELECT pg_backend_pid() AS pid'));
      pids.add((rows[0] as { pid: number }).pid);
      const refused: unknown = await client.query('BEGIN').catch((error: unknown) => error);
      client.release(refused as Error);
    }
    expect(pids.size).toBe(1);
  });
});
