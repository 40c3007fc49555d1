import { runWithContext } from '@nestarc/core';
import { Client, type PoolClient, type QueryConfig } from 'pg';
import { describe, expect, it } from 'vitest';
import { A, useNotes } from './fixture/notes';

const notes = useNotes();
const bodies = (): Promise<string[]> => notes.bodies();

describe('the prepared preamble', () => {
  /** Runs SQL on a client of the pool as a stranger would, past the scoping. */
  const unscoped = (client: PoolClient, text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const query = Client.prototype.query as unknown as (text: string, done: (error: Error | null) => void) => void;
      query.call(client, text, (error) => (error ? reject(error) : resolve()));
    });
  const insert = (client: PoolClient): Promise<unknown> => client.query("INSERT INTO notes (body) VALUES ('once')");

  it('is given up when the server has forgotten it, and the statement runs exactly once', async () => {
    const client = await notes.pool.connect();
    await runWithContext(A, () => client.query('SELECT 1'));
    await unscoped(client, 'DEALLOCATE ALL');
    await runWithContext(A, () => insert(client));
    await runWithContext(A, () => insert(client));
    client.release();
    expect(await runWithContext(A, bodies)).toEqual(['of a', 'once', 'once']);
  });

  it('is given up when the server has it from somebody else, queued statements keeping their order', async () => {
    const probe = await notes.pool.connect();
    await runWithContext(A, () => probe.query('SELECT 1'));
    const { rows } = await runWithContext(A, () =>
      probe.query<{ name: string; statement: string }>('SELECT name, statement FROM pg_prepared_statements'),
    );
    probe.release();
    const client = await notes.openPool().connect();
    await unscoped(client, `PREPARE ${rows[0]?.name} AS SELECT 1`);
    const results = await runWithContext(A, () =>
      Promise.all([insert(client), client.query('SELECT count(*)::int AS n FROM notes')]),
    );
    expect(results[1].rows).toEqual([{ n: 2 }]);
    client.release();
  });

  it('is given up for a portal that is read in pieces, too, which has no Sync for the server to go on from', async () => {
    const client = await notes.pool.connect();
    const inPieces = { text: 'SELECT n FROM generate_series(1, 5) AS n', rows: 2 } as QueryConfig;
    await runWithContext(A, () => client.query('SELECT 1'));
    await unscoped(client, 'DEALLOCATE ALL');
    expect((await runWithContext(A, () => client.query(inPieces))).rows).toHaveLength(5);
    const failing = { text: 'SELECT 1 / (3 - n) AS n FROM generate_series(1, 5) AS n', rows: 1 } as QueryConfig;
    await expect(runWithContext(A, () => client.query(failing))).rejects.toMatchObject({ code: '22012' });
    expect(
      (await runWithContext(A, () => client.query({ text: inPieces.text, rows: 9 } as QueryConfig))).rows,
    ).toHaveLength(5);
    client.release();
    expect(notes.pool.idleCount).toBe(1);
  });
});
