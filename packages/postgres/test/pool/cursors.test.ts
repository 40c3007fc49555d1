import { currentContext, runWithContext, TenantContextMissingError } from '@nestarc/core';
import { once } from 'node:events';
import pg, { type PoolClient } from 'pg';
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';
import { describe, expect, it } from 'vitest';
import { TenantSwitchInTransactionError, UnsupportedStatementError } from '../../src';
import { A, B, backendOf, useNotes, withClient } from './fixture/notes';

const notes = useNotes();
const READ = 'SELECT body FROM notes ORDER BY id';
const MANY = 'SELECT n, (SELECT string_agg(body, $1) FROM notes) AS seen FROM generate_series(1, 5) AS n';

const seenBy = async (client: PoolClient): Promise<unknown[]> => (await client.query<{ body: string }>(READ)).rows;

describe('a cursor', () => {
  it('is scoped outside of a transaction, over all the reads that it takes', async () => {
    await withClient(notes.pool, A, async (client) => {
      const cursor = client.query(new Cursor<{ n: number }>(MANY, [',']));
      const rows = [...(await cursor.read(2)), ...(await cursor.read(2)), ...(await cursor.read(2))];
      expect(rows).toEqual([1, 2, 3, 4, 5].map((n) => ({ n, seen: 'of a' })));
      await cursor.close();
      await runWithContext(B, async () => expect(await seenBy(client)).toEqual([{ body: 'of b' }]));
    });
    expect(notes.pool.idleCount).toBe(1);
  });

  it('is scoped in a transaction, and can be closed early', async () => {
    await withClient(notes.pool, A, async (client) => {
      await client.query('BEGIN');
      const cursor = client.query(new Cursor(MANY, [',']));
      expect(await cursor.read(2)).toHaveLength(2);
      await cursor.close();
      expect(await seenBy(client)).toEqual([{ body: 'of a' }]);
      await client.query('COMMIT');
    });
    expect(notes.pool.idleCount).toBe(1);
  });

  it('takes its turn among queued statements', async () => {
    await withClient(notes.pool, A, async (client) => {
      const begun = client.query('BEGIN');
      const cursor = client.query(new Cursor(READ));
      expect(await cursor.read(9)).toEqual([{ body: 'of a' }]);
      const inserted = client.query("INSERT INTO notes (body) VALUES ('more')");
      const second = client.query(new Cursor(READ));
      expect(await second.read(9)).toEqual([{ body: 'of a' }, { body: 'more' }]);
      await Promise.all([begun, inserted, client.query('ROLLBACK')]);
    });
  });

  it('runs its callbacks in the context of its caller', async () => {
    const client = await runWithContext(B, () => notes.pool.connect());
    const seen = await runWithContext(A, () => {
      const cursor = client.query(new Cursor(READ));
      return new Promise((resolve) => {
        cursor.read(1, () => {
          const { tenantId } = currentContext() ?? {};
          void cursor.close(() => resolve([tenantId, currentContext()?.tenantId]));
        });
      });
    });
    client.release();
    expect(seen).toEqual(['a', 'a']);
  });

  it('that fails, at once or later, leaves the client usable', async () => {
    await withClient(notes.pool, A, async (client) => {
      for (const text of ['SELECT * FROM nowhere', 'SELECT 1 / (3 - n) FROM generate_series(1, 9) AS n']) {
        const cursor = client.query(new Cursor(text));
        const reading = cursor.read(2).then(() => cursor.read(2));
        await expect(reading).rejects.toMatchObject({ code: /42P01|22012/ });
        await cursor.close();
        expect(await seenBy(client)).toEqual([{ body: 'of a' }]);
      }
    });
    expect(notes.pool.idleCount).toBe(1);
  });

  it('that fails in a transaction, or in one that has failed already, lets it be rolled back', async () => {
    await withClient(notes.pool, A, async (client) => {
      await client.query('BEGIN');
      for (const code of ['42P01', '25P02']) {
        const cursor = client.query(new Cursor('SELECT * FROM nowhere'));
        await expect(cursor.read(1)).rejects.toMatchObject({ code });
      }
      await client.query('ROLLBACK');
      expect(await seenBy(client)).toEqual([{ body: 'of a' }]);
    });
  });

  it('that is left open costs the connection, and nobody else reads from it', async () => {
    const pool = notes.openPool();
    const before = await backendOf(pool);
    const client = await pool.connect();
    const cursor = runWithContext(A, () => client.query(new Cursor(MANY, [','])));
    await cursor.read(1);
    client.release();
    expect(await runWithContext(B, () => notes.bodies(pool))).toEqual(['of b']);
    expect(await backendOf(pool)).not.toBe(before);
  });

  it('is refused without a tenant, with another’s, and where it would end a transaction', async () => {
    const client = await notes.pool.connect();
    await expect(client.query(new Cursor(READ)).read(1)).rejects.toBeInstanceOf(TenantContextMissingError);
    await runWithContext(A, () => client.query('BEGIN'));
    const other = runWithContext(B, () => client.query(new Cursor(READ)));
    await expect(other.read(1)).rejects.toBeInstanceOf(TenantSwitchInTransactionError);
    for (const text of ['COMMIT', 'ROLLBACK AND CHAIN', 'SELECT 1; COMMIT']) {
      const ending = runWithContext(A, () => client.query(new Cursor(text)));
      await expect(ending.read(1)).rejects.toBeInstanceOf(UnsupportedStatementError);
    }
    await runWithContext(A, () => client.query('ROLLBACK'));
    client.release();
    expect(notes.pool.idleCount).toBe(1);
  });

  it('that is refused ahead of the first query of a transaction does not leave that one without its tenant', async () => {
    await withClient(notes.pool, A, async (client) => {
      await client.query('BEGIN');
      const unencodable = { submit: (connection: { parse(q: object): void }) => brokenOff(connection) };
      const broken = { ...unencodable, handleError: () => undefined };
      client.query(broken as never);
      expect(await seenBy(client)).toEqual([{ body: 'of a' }]);
      await client.query('COMMIT');
    });
  });

  it('is not for pool.query, which would not know when it is done', async () => {
    const cursor = new Cursor(READ);
    const refused = runWithContext(A, () => notes.pool.query(cursor as never));
    await expect(refused).rejects.toBeInstanceOf(UnsupportedStatementError);
  });
});

function brokenOff(connection: { parse(q: object): void }): void {
  connection.parse({ text: 'SELECT 1' });
  throw new TypeError('cannot be encoded');
}

describe('a query stream', () => {
  it('is scoped, outside of a transaction and inside', async () => {
    await withClient(notes.pool, A, async (client) => {
      for (const around of [[], ['BEGIN', 'COMMIT']]) {
        if (around[0]) await client.query(around[0]);
        const rows: unknown[] = [];
        for await (const row of client.query(new QueryStream(MANY, [','], { batchSize: 2 }))) rows.push(row);
        expect(rows).toEqual([1, 2, 3, 4, 5].map((n) => ({ n, seen: 'of a' })));
        if (around[1]) await client.query(around[1]);
      }
    });
    expect(notes.pool.idleCount).toBe(1);
  });

  it('that is destroyed early, or fails, leaves the client usable', async () => {
    await withClient(notes.pool, A, async (client) => {
      const early = client.query(new QueryStream(MANY, [','], { batchSize: 1 }));
      for await (const row of early) {
        expect(row).toEqual({ n: 1, seen: 'of a' });
        break;
      }
      const failing = client.query(new QueryStream('SELECT 1 / (3 - n) FROM generate_series(1, 9) AS n'));
      failing.resume();
      const [error] = (await once(failing, 'error').catch((reason: unknown) => [reason])) as [{ code: string }];
      expect(error.code).toBe('22012');
      expect(await seenBy(client)).toEqual([{ body: 'of a' }]);
    });
    expect(notes.pool.idleCount).toBe(1);
  });
});

describe('a query object of pg itself', () => {
  const run = (client: PoolClient, ...args: ConstructorParameters<typeof pg.Query>): Promise<unknown[]> => {
    const query = client.query(new pg.Query(...args));
    return new Promise((resolve, reject) => {
      const rows: unknown[] = [];
      query.on('row', (row) => rows.push(row));
      query.on('end', () => resolve(rows));
      query.on('error', reject);
    });
  };

  it('is scoped, with parameters and without, by name, and where it fails', async () => {
    await withClient(notes.pool, A, async (client) => {
      expect(await run(client, READ)).toEqual([{ body: 'of a' }]);
      for (let n = 0; n < 2; n++) {
        const named = { name: 'by-body', text: 'SELECT body FROM notes WHERE body <> $1', values: ['x'] };
        expect(await run(client, named)).toEqual([{ body: 'of a' }]);
      }
      await expect(run(client, 'SELECT 1/0')).rejects.toMatchObject({ code: '22012' });
      await expect(run(client, 'SELECT 1; COMMIT')).rejects.toBeInstanceOf(UnsupportedStatementError);
      await expect(run(client, 'BEGIN')).rejects.toBeInstanceOf(UnsupportedStatementError);
      expect(await seenBy(client)).toEqual([{ body: 'of a' }]);
    });
    expect(notes.pool.idleCount).toBe(1);
  });

  it('that sends nothing, or past the connection it is given, is refused', async () => {
    await withClient(notes.pool, A, async (client) => {
      const attempts = [
        () => undefined,
        (connection: { stream: { write(bytes: Buffer): void } }) => connection.stream.write(Buffer.from('Q')),
        (connection: { startup(): void }) => connection.startup(),
      ];
      for (const submit of attempts) {
        const error = await new Promise((resolve) => {
          client.query({ submit, handleError: resolve } as never);
        });
        expect(error).toBeInstanceOf(Error);
      }
      expect(await seenBy(client)).toEqual([{ body: 'of a' }]);
    });
    expect(notes.pool.idleCount).toBe(1);
  });
});
