import { runWithContext } from '@nestarc/core';
import type { TestDatabase } from '@nestarc/testing';
import { Client, type PoolClient } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ContextPool } from '../../src';
import { A, bodiesIn, NotesFixture } from './fixture/notes';

let fixture: NotesFixture;
let database: TestDatabase;
let pool: ContextPool;

beforeAll(async () => {
  fixture = await NotesFixture.create();
  ({ database } = fixture);
});
beforeEach(async () => {
  pool = await fixture.openPool();
});
afterEach(() => pool.end());
afterAll(() => fixture.close());

const bodies = (): Promise<string[]> => bodiesIn(pool);

describe('the prepared preamble', () => {
  /** Runs SQL on a client of the pool as a stranger would, past the scoping. */
  const unscoped = (client: PoolClient, text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const query = Client.prototype.query as unknown as (text: string, done: (error: Error | null) => void) => void;
      query.call(client, text, (error) => (error ? reject(error) : resolve()));
    });
  const insert = (client: PoolClient): Promise<unknown> => client.query("INSERT INTO notes (body) VALUES ('once')");

  it('is given up when the server has forgotten it, and the statement runs exactly once', async () => {
    const client = await pool.connect();
    await runWithContext(A, () => client.query('SELECT 1'));
    await unscoped(client, 'DEALLOCATE ALL');
    await runWithContext(A, () => insert(client));
    await runWithContext(A, () => insert(client));
    client.release();
    expect(await runWithContext(A, bodies)).toEqual(['of a', 'once', 'once']);
  });

  it('is given up when the server has it from somebody else, queued statements keeping their order', async () => {
    const probe = await pool.connect();
    await runWithContext(A, () => probe.query('SELECT 1'));
    const { rows } = await runWithContext(A, () =>
      probe.query<{ name: string; statement: string }>('SELECT name, statement FROM pg_prepared_statements'),
    );
    probe.release();
    const fresh = new ContextPool({ connectionString: database.appUrl, max: 1 });
    const client = await fresh.connect();
    await unscoped(client, `PREPARE ${rows[0]?.name} AS SELECT 1`);
    const results = await runWithContext(A, () =>
      Promise.all([insert(client), client.query('SELECT count(*)::int AS n FROM notes')]),
    );
    expect(results[1].rows).toEqual([{ n: 2 }]);
    client.release();
    await fresh.end();
  });
});
