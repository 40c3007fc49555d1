import { runWithContext } from '@nestarc/core';
import type { PoolClient } from 'pg';
import Cursor from 'pg-cursor';
import { describe, expect, it } from 'vitest';
import { PoolExhaustedError, UnsupportedStatementError, type ContextPool } from '../../src';
import { A, B, backendOf, useNotes, withClient } from './fixture/notes';

const notes = useNotes();

const whenActive = async (pid: number): Promise<void> => {
  for (;;) {
    const { rows } = await notes.admin.query('SELECT state FROM pg_stat_activity WHERE pid = $1', [pid]);
    if ((rows[0] as { state?: string } | undefined)?.state === 'active') return;
  }
};
const whenGone = async (pool: ContextPool): Promise<void> => {
  while (pool.totalCount > 0) await new Promise((resolve) => setTimeout(resolve, 5));
};
const nextIsRight = async (pool: ContextPool): Promise<void> => {
  expect(await runWithContext(B, () => notes.bodies(pool))).toEqual(['of b']);
  expect(await runWithContext(A, () => notes.bodies(pool))).toEqual(['of a']);
  expect([pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([1, 1, 0]);
};

describe('after a failure the next user of the pool is right', () => {
  it('when a statement ran into the server’s time limit, or was cancelled: on the same connection', async () => {
    const pool = notes.openPool({ statement_timeout: 30 });
    const before = await backendOf(pool);
    const slow = runWithContext(A, () => pool.query('SELECT pg_sleep(5)'));
    await expect(slow).rejects.toMatchObject({ code: '57014' });
    await nextIsRight(pool);
    expect(await backendOf(pool)).toBe(before);
    const other = notes.openPool();
    const pid = await backendOf(other);
    const cancelled = runWithContext(A, () => other.query('SELECT pg_sleep(5)'));
    await Promise.all([
      expect(cancelled).rejects.toMatchObject({ code: '57014' }),
      whenActive(pid).then(() => notes.admin.query('SELECT pg_cancel_backend($1)', [pid])),
    ]);
    await nextIsRight(other);
    expect(await backendOf(other)).toBe(pid);
  });

  it('when its connection was ended by the server amid a statement: on another', async () => {
    const pool = notes.openPool();
    const pid = await backendOf(pool);
    const running = runWithContext(A, () => pool.query('SELECT pg_sleep(5)'));
    await Promise.all([
      expect(running).rejects.toMatchObject({ code: '57P01' }),
      whenActive(pid).then(() => notes.admin.query('SELECT pg_terminate_backend($1)', [pid])),
    ]);
    await nextIsRight(pool);
  });

  it('when its connection was ended by the server while idle, though nobody listens for errors of the pool', async () => {
    const pool = notes.openPool();
    const pid = await backendOf(pool);
    await notes.admin.query('SELECT pg_terminate_backend($1)', [pid]);
    await whenGone(pool);
    await nextIsRight(pool);
  });

  it('and who listens for errors of the pool hears of it', async () => {
    const pool = notes.openPool();
    const heard = new Promise((resolve) => pool.once('error', resolve));
    await notes.admin.query('SELECT pg_terminate_backend($1)', [await backendOf(pool)]);
    expect(await heard).toMatchObject({ code: '57P01' });
  });

  it('when a checked-out client lost its connection, in a transaction or out of it', async () => {
    for (const begin of ['SELECT 1', 'BEGIN']) {
      const pool = notes.openPool();
      const client = await pool.connect();
      await runWithContext(A, async () => {
        const pid = await backendOf(client);
        await client.query(begin);
        // Listens first: the end may arrive before the answer to the statement that causes it.
        const ended = new Promise((resolve) => client.once('end', resolve));
        await notes.admin.query('SELECT pg_terminate_backend($1)', [pid]);
        await ended;
        await expect(client.query('SELECT 1')).rejects.toThrow(/not queryable|terminated/);
      });
      client.release();
      await nextIsRight(pool);
    }
  });

  it('when the socket broke', async () => {
    const pool = notes.openPool({ connectionString: notes.counter.url });
    await backendOf(pool);
    const running = runWithContext(A, () => pool.query('SELECT pg_sleep(5)'));
    const [client] = (pool as unknown as { _clients: { connection: { stream: { destroy(): void } } }[] })._clients;
    setTimeout(() => client?.connection.stream.destroy(), 30);
    await expect(running).rejects.toThrow('Connection terminated');
    await nextIsRight(pool);
  });

  it('when a transaction failed in the middle and was rolled back: on the same connection', async () => {
    const pool = notes.openPool({ statement_timeout: 40 });
    const before = await backendOf(pool);
    const duplicate = "INSERT INTO notes (id, body) OVERRIDING SYSTEM VALUE SELECT id, 'x' FROM notes";
    for (const failing of [duplicate, 'SELECT 1/0', 'SELECT pg_sleep(5)']) {
      await withClient(pool, A, async (client) => {
        await client.query('BEGIN');
        await client.query("INSERT INTO notes (body) VALUES ('never')");
        await expect(client.query(failing)).rejects.toThrow();
        await expect(client.query('SELECT 1')).rejects.toMatchObject({ code: '25P02' });
        await client.query('ROLLBACK');
      });
      await nextIsRight(pool);
      expect(await backendOf(pool)).toBe(before);
    }
  });

  it('when a transaction failed and was left so, or lost its server process: on another', async () => {
    for (const harm of ['SELECT 1/0', 'SELECT pg_terminate_backend(pg_backend_pid())']) {
      const pool = notes.openPool();
      const before = await backendOf(pool);
      await withClient(pool, A, async (client) => {
        await client.query('BEGIN');
        await client.query("INSERT INTO notes (body) VALUES ('never')");
        await expect(client.query(harm)).rejects.toThrow();
      });
      await nextIsRight(pool);
      expect(await backendOf(pool)).not.toBe(before);
    }
  });
});

describe('a pool that is exhausted', () => {
  it('gives each waiter its own tenant when connections come free', async () => {
    const pool = notes.openPool({ max: 2 });
    const held = await Promise.all([pool.connect(), pool.connect()]);
    const waiting = Array.from({ length: 50 }, (_, n) => {
      const context = n % 2 ? B : A;
      if (n % 3) return runWithContext(context, () => notes.bodies(pool));
      return withClient(pool, context, async (client) => {
        const { rows } = await client.query<{ body: string }>('SELECT body FROM notes');
        return rows.map(({ body }) => body);
      });
    });
    expect(pool.waitingCount).toBe(50);
    runWithContext(B, () => held.forEach((client) => client.release()));
    (await Promise.all(waiting)).forEach((seen, n) => expect(seen).toEqual([n % 2 ? 'of b' : 'of a']));
    expect([pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([2, 2, 0]);
  });

  it('tells so with a status to try again on, to queries, clients and callbacks', async () => {
    const pool = notes.openPool();
    const held = await pool.connect();
    // From now on, because on a busy machine opening the first connection takes longer.
    pool.options.connectionTimeoutMillis = 50;
    const told = { code: 'POOL_EXHAUSTED', status: 503 };
    await Promise.all([
      expect(runWithContext(A, () => pool.query('SELECT 1'))).rejects.toMatchObject(told),
      expect(pool.connect()).rejects.toMatchObject(told),
      expect(new Promise((resolve) => pool.connect(resolve))).resolves.toBeInstanceOf(PoolExhaustedError),
      expect(
        runWithContext(A, () => new Promise((resolve) => pool.query('SELECT 1', resolve))),
      ).resolves.toBeInstanceOf(PoolExhaustedError),
    ]);
    expect(pool.waitingCount).toBe(0);
    held.release();
    await nextIsRight(pool);
  });
});

describe('a client that is given back', () => {
  const giveBack = async (pool: ContextPool, work: (client: PoolClient) => void): Promise<void> => {
    const client = await pool.connect();
    runWithContext(A, () => work(client));
    client.release();
  };

  it.each<[string, (client: PoolClient) => Promise<unknown>[]]>([
    ['a statement running', (client) => [client.query('SELECT 1')]],
    ['statements queued', (client) => [client.query('SELECT 1'), client.query('SELECT 2')]],
    ['a transaction begun', (client) => [client.query('BEGIN')]],
    ['a transaction committing', (client) => [client.query('BEGIN'), client.query('COMMIT')]],
    ['its connection ended', (client) => [client.end()]],
  ])('with %s loses its connection', async (_, work) => {
    const pool = notes.openPool();
    const before = await backendOf(pool);
    let outcomes: Promise<unknown>[] = [];
    await giveBack(pool, (client) => {
      outcomes = work(client);
    });
    expect(pool.totalCount).toBe(0);
    await Promise.allSettled(outcomes);
    await nextIsRight(pool);
    expect(await backendOf(pool)).not.toBe(before);
  });

  it('from a callback keeps it, after a result, an error and a refusal', async () => {
    const pool = notes.openPool();
    const before = await backendOf(pool);
    for (const text of ['SELECT 1', 'SELECT 1/0', 'COMMIT AND CHAIN']) {
      const client = await pool.connect();
      await new Promise<void>((resolve) => {
        runWithContext(A, () =>
          client.query(text, () => {
            client.release();
            resolve();
          }),
        );
      });
    }
    expect(await backendOf(pool)).toBe(before);
  });

  it('can no longer be used, by a query or a cursor', async () => {
    const pool = notes.openPool();
    const stale = await pool.connect();
    stale.release();
    await expect(runWithContext(A, () => stale.query('BEGIN'))).rejects.toBeInstanceOf(UnsupportedStatementError);
    const cursor = runWithContext(A, () => stale.query(new Cursor('SELECT 1')));
    await expect(cursor.read(1)).rejects.toBeInstanceOf(UnsupportedStatementError);
    await nextIsRight(pool);
  });

  it('twice is an error, and harms nobody', async () => {
    const pool = notes.openPool();
    const client = await pool.connect();
    client.release();
    expect(() => client.release()).toThrow('already been released');
    await nextIsRight(pool);
  });
});
