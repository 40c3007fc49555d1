import { createContext, parseTenantId, runWithContext, TenantContextMissingError } from '@nestarc/core';
import { countRoundTrips, createTestDatabase, type RoundTripCounter, type TestDatabase } from '@nestarc/testing';
import { Client, type PoolClient } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ContextPool,
  CrossTenantWriteError,
  sql,
  TenantSwitchInTransactionError,
  UnsupportedStatementError,
} from '../../src';

const SCHEMA = `
  CREATE TABLE notes (
    id integer GENERATED ALWAYS AS IDENTITY,
    tenant_id text NOT NULL DEFAULT NULLIF(current_setting('app.current_tenant', true), ''),
    body text NOT NULL
  );
  ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
  ALTER TABLE notes FORCE ROW LEVEL SECURITY;
  CREATE POLICY isolation ON notes USING (tenant_id = NULLIF(current_setting('app.current_tenant', true), ''));
`;

const tenant = (id: string) =>
  createContext({ tenantId: parseTenantId(id), requestId: 'r-1', actor: { id: 'u-1', type: 'user' } });
const A = tenant('a');
const B = tenant('b');
const NOBODY = createContext({ mode: 'bypass' });

let database: TestDatabase;
let counter: RoundTripCounter;
let pool: ContextPool;

beforeAll(async () => {
  database = await createTestDatabase({ sql: SCHEMA });
  counter = await countRoundTrips(database.appUrl);
});
beforeEach(async () => {
  pool = new ContextPool({ connectionString: counter.url, max: 2 });
  await runWithContext(A, () => pool.query("INSERT INTO notes (body) VALUES ('of a')"));
  await runWithContext(B, () => pool.query("INSERT INTO notes (body) VALUES ('of b')"));
});
afterEach(async () => {
  await pool.end();
  const admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  await admin.query('TRUNCATE notes');
  await admin.end();
});
afterAll(async () => {
  await counter.close();
  await database.drop();
});

const bodies = async (): Promise<string[]> =>
  (await pool.query<{ body: string }>('SELECT body FROM notes ORDER BY id')).rows.map((row) => row.body);

describe('a statement of the pool', () => {
  it('is scoped to its tenant, in one round trip', async () => {
    counter.reset();
    expect(await runWithContext(A, bodies)).toEqual(['of a']);
    expect(await runWithContext(B, bodies)).toEqual(['of b']);
    expect(counter.count).toBe(2);
  });

  it('carries the whole context', async () => {
    const { rows } = await runWithContext(A, () =>
      pool.query(`SELECT current_setting('app.current_tenant') AS tenant, current_setting('app.actor_id') AS actor,
        current_setting('app.actor_type') AS type, current_setting('app.request_id') AS request,
        current_setting('app.mode') AS mode`),
    );
    expect(rows).toEqual([{ tenant: 'a', actor: 'u-1', type: 'user', request: 'r-1', mode: 'tenant' }]);
  });

  it('is refused without a tenant, and nothing is sent', async () => {
    counter.reset();
    await expect(pool.query('SELECT 1')).rejects.toBeInstanceOf(TenantContextMissingError);
    await expect(runWithContext(createContext(), () => pool.query('SELECT 1'))).rejects.toMatchObject({
      code: 'TENANT_CONTEXT_MISSING',
    });
    expect(counter.bytesSent).toBe(0);
  });

  it('sees no tenant’s rows in mode bypass, or where a missing tenant is let through', async () => {
    expect(await runWithContext(NOBODY, bodies)).toEqual([]);
    const lenient = new ContextPool({ connectionString: database.appUrl, onMissingTenant: 'bypass' });
    expect((await lenient.query('SELECT body FROM notes')).rows).toEqual([]);
    await lenient.end();
  });

  it('does not see what a caller set for the whole session', async () => {
    const leak = "SELECT set_config('app.current_tenant', 'b', false)";
    await runWithContext(A, () => pool.query(leak));
    expect(await runWithContext(A, bodies)).toEqual(['of a']);
    expect(await runWithContext(NOBODY, bodies)).toEqual([]);
  });

  it('keeps the tenant of its caller when it waits for a connection', async () => {
    const results = await Promise.all(
      Array.from({ length: 300 }, (_, n) => runWithContext(n % 2 === 0 ? A : B, bodies)),
    );
    results.forEach((rows, n) => expect(rows).toEqual([n % 2 === 0 ? 'of a' : 'of b']));
  });

  it('keeps the tenant in callback style too, also for what the callback starts', async () => {
    const ask = (): Promise<string[]> =>
      new Promise((resolve, reject) => {
        pool.query('SELECT 1', (error: Error) => {
          if (error) reject(error);
          bodies().then(resolve, reject);
        });
      });
    const results = await Promise.all(Array.from({ length: 20 }, (_, n) => runWithContext(n % 2 ? B : A, ask)));
    results.forEach((rows, n) => expect(rows).toEqual([n % 2 ? 'of b' : 'of a']));
  });

  it('takes parameters, names, row modes and fragments as pg does', async () => {
    await runWithContext(A, async () => {
      const named = { name: 'by-body', text: 'SELECT body FROM notes WHERE body = $1', values: ['of a'] };
      for (let n = 0; n < 3; n++) expect((await pool.query(named)).rows).toEqual([{ body: 'of a' }]);
      const asArrays = await pool.query({ text: 'SELECT body FROM notes', rowMode: 'array' });
      expect(asArrays.rows).toEqual([['of a']]);
      const { text, values } = sql`SELECT body FROM notes WHERE body = ${'of a'}`;
      expect((await pool.query(text, [...values])).rowCount).toBe(1);
      expect((await pool.query('')).rows).toEqual([]);
    });
  });

  it('that fails reports what pg reports, and leaves a usable pool', async () => {
    await runWithContext(A, async () => {
      await expect(pool.query('SELECT 1/0')).rejects.toMatchObject({ code: '22012' });
      const named = { name: 'broken', text: 'SELECT * FROM nowhere' };
      await expect(pool.query(named)).rejects.toMatchObject({ code: '42P01' });
      await expect(pool.query(named)).rejects.toMatchObject({ code: '42P01' });
      await expect(pool.query('SELECT 1; SELECT 2')).rejects.toMatchObject({ code: '42601' });
      expect(await bodies()).toEqual(['of a']);
    });
  });

  it('that writes for another tenant is a typed error', async () => {
    const write = runWithContext(A, () => pool.query("INSERT INTO notes (tenant_id, body) VALUES ('b', 'x')"));
    await expect(write).rejects.toBeInstanceOf(CrossTenantWriteError);
    const denied = runWithContext(A, () => pool.query('DROP TABLE notes'));
    await expect(denied).rejects.not.toBeInstanceOf(CrossTenantWriteError);
  });

  it('that cannot be scoped is refused', async () => {
    const cursor = { submit: () => undefined };
    const client = await pool.connect();
    expect(() => client.query(cursor)).toThrow(UnsupportedStatementError);
    client.release();
    expect(() => new ContextPool({ pipeline: true })).toThrow('pipeline');
  });
});

describe('a transaction on a client of the pool', () => {
  const inTransaction = async (work: (client: PoolClient) => Promise<void>): Promise<void> => {
    const client = await pool.connect();
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

  it('is pinned to its tenant with BEGIN, in the same round trip', async () => {
    await runWithContext(A, () =>
      inTransaction(async (client) => {
        counter.reset();
        expect((await client.query('SELECT body FROM notes')).rows).toEqual([{ body: 'of a' }]);
        await client.query('SAVEPOINT s');
        await client.query('ROLLBACK TO SAVEPOINT s');
        expect((await client.query('SELECT body FROM notes')).rows).toEqual([{ body: 'of a' }]);
        expect(counter.count).toBe(4);
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
    const client = await pool.connect();
    await expect(client.query('BEGIN')).rejects.toBeInstanceOf(TenantContextMissingError);
    await runWithContext(A, async () => {
      await client.query('BEGIN');
      await expect(client.query('COMMIT AND CHAIN')).rejects.toBeInstanceOf(UnsupportedStatementError);
      await client.query('ROLLBACK');
    });
    client.release();
  });

  it('decides in order when statements are queued without waiting', async () => {
    const client = await pool.connect();
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

  it('scopes a client outside of transactions statement by statement', async () => {
    const client = await pool.connect();
    const read = () => client.query('SELECT body FROM notes');
    expect((await runWithContext(A, read)).rows).toEqual([{ body: 'of a' }]);
    expect((await runWithContext(B, read)).rows).toEqual([{ body: 'of b' }]);
    await expect(read()).rejects.toBeInstanceOf(TenantContextMissingError);
    client.release();
  });
});

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
