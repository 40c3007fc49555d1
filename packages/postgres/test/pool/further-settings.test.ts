import { createContext, runWithContext, withSettings } from '@nestarc/core';
import { requireProgram, startPgBouncer } from '@nestarc/testing';
import { Client, type PoolClient } from 'pg';
import Cursor from 'pg-cursor';
import { to } from 'pg-copy-streams';
import { describe, expect, it, vi } from 'vitest';
import { SettingRefusedError } from '../../src';
import { A, B, useNotes, withClient } from './fixture/notes';
import { carrying, SHOW, type Shown, shownIn, shownOn } from './fixture/shown-settings';

const notes = useNotes();
const ONE = { 'app.one': '1' };
const TWO = { 'app.two': '2' };
const AWKWARD = { 'app.one': `a"b\\c,{d}'e\n NULL ü €`, 'App.Two': 'NULL', 'app.three': ' ' };
const plain = (tenant: string): Shown => ({ tenant, settings: {} });

describe('a statement of a context with further settings', () => {
  it('finds them in force, with its tenant, and takes one round trip', async () => {
    await runWithContext(A, () => shownOn(notes.pool));
    await carrying(A, ONE, () => shownOn(notes.pool));
    notes.counter.reset();
    expect(await carrying(A, { ...ONE, ...TWO }, () => shownOn(notes.pool))).toEqual({
      tenant: 'a',
      settings: { ...ONE, ...TWO },
    });
    expect(notes.counter.count).toBe(1);
    expect(await runWithContext(A, () => shownOn(notes.pool))).toEqual(plain('a'));
    expect(notes.counter.count).toBe(2);
  });

  it('takes one round trip from the first', async () => {
    await runWithContext(A, () => shownOn(notes.pool));
    notes.counter.reset();
    await carrying(B, ONE, () => shownOn(notes.pool));
    expect(notes.counter.count).toBe(1);
  });

  it('finds every text as it was', async () => {
    const { settings } = await carrying(A, AWKWARD, () => shownOn(notes.pool));
    expect(settings).toEqual({ 'app.one': AWKWARD['app.one'], 'app.two': 'NULL', 'app.three': ' ' });
  });

  it('leaves them to nobody, on the same connection or in a session of the caller', async () => {
    const pool = notes.openPool();
    for (const settings of [ONE, TWO, AWKWARD]) await carrying(A, settings, () => shownOn(pool));
    expect(await runWithContext(B, () => shownOn(pool))).toEqual(plain('b'));
    await withClient(pool, A, async (client) => {
      await carrying(A, ONE, () => client.query('SELECT 1'));
      expect(await shownOn(client)).toEqual(plain('a'));
    });
  });

  it('reads cursors and copies with them', async () => {
    await withClient(notes.pool, withSettings(A, ONE), async (client) => {
      const cursor = client.query(new Cursor<Record<string, string>>(SHOW));
      expect(shownIn(await cursor.read(1))).toEqual({ tenant: 'a', settings: ONE });
      await cursor.close();
      const stream = client.query(to("COPY (SELECT current_setting('app.one')) TO STDOUT"));
      const pieces: Buffer[] = [];
      for await (const piece of stream) pieces.push(piece as Buffer);
      expect(Buffer.concat(pieces).toString()).toBe('1\n');
      expect(await runWithContext(A, () => shownOn(client))).toEqual(plain('a'));
    });
  });

  it('keeps them where a missing tenant is let through', async () => {
    const pool = notes.openPool({ onMissingTenant: 'bypass' });
    expect(await carrying(createContext(), ONE, () => shownOn(pool))).toEqual({ tenant: '', settings: ONE });
    expect(await runWithContext(createContext(), () => shownOn(pool))).toEqual(plain(''));
  });
});

describe('a further setting that would stand in for the context', () => {
  const SMUGGLED = { 'App.Current_Tenant': 'b' };

  it('is refused before anything is sent, and costs no connection', async () => {
    await runWithContext(A, () => shownOn(notes.pool));
    notes.counter.reset();
    await expect(carrying(A, SMUGGLED, () => notes.bodies())).rejects.toBeInstanceOf(SettingRefusedError);
    await expect(carrying(A, { search_path: 'x' }, () => notes.bodies())).rejects.toBeInstanceOf(SettingRefusedError);
    const client = await notes.pool.connect();
    await carrying(A, SMUGGLED, async () => {
      await expect(client.query('SELECT 1')).rejects.toBeInstanceOf(SettingRefusedError);
      await expect(client.query('BEGIN')).rejects.toBeInstanceOf(SettingRefusedError);
      await expect(client.query(new Cursor('SELECT 1')).read(1)).rejects.toBeInstanceOf(SettingRefusedError);
    });
    client.release();
    expect(notes.counter.bytesSent).toBe(0);
    expect(notes.pool.totalCount).toBe(1);
  });

  it('is refused inside a transaction, which goes on', async () => {
    await withClient(notes.pool, A, async (client) => {
      await client.query('BEGIN');
      await expect(carrying(A, SMUGGLED, () => client.query('SELECT 1'))).rejects.toBeInstanceOf(SettingRefusedError);
      expect((await client.query('SELECT body FROM notes')).rows).toEqual([{ body: 'of a' }]);
      await client.query('COMMIT');
    });
  });
});

describe('further settings inside a transaction', () => {
  const inTransaction = (work: (client: PoolClient) => Promise<void>): Promise<void> =>
    withClient(notes.pool, A, async (client) => {
      await client.query('BEGIN');
      await work(client);
      await client.query('ROLLBACK');
      expect(await shownOn(client)).toEqual(plain('a'));
    });
  const expectOne = async (client: PoolClient): Promise<void> =>
    expect(await carrying(A, ONE, () => shownOn(client))).toEqual({ tenant: 'a', settings: ONE });
  const expectNone = async (client: PoolClient): Promise<void> => expect(await shownOn(client)).toEqual(plain('a'));

  it('follow each statement, without a round trip of their own', async () => {
    await inTransaction(async (client) => {
      notes.counter.reset();
      await expectNone(client);
      await expectOne(client);
      await expectOne(client);
      expect((await carrying(A, TWO, () => shownOn(client))).settings).toEqual(TWO);
      await expectNone(client);
      expect(notes.counter.count).toBe(5);
    });
  });

  it('are sent when they change, and not again', async () => {
    await inTransaction(async (client) => {
      await expectOne(client);
      const sending = async (work: () => Promise<unknown>): Promise<number> => {
        const before = notes.counter.bytesSent;
        await work();
        return notes.counter.bytesSent - before;
      };
      const same = await sending(() => expectOne(client));
      expect(await sending(() => expectNone(client))).toBeGreaterThan(same + 100);
      expect(await sending(() => expectNone(client))).toBe(same);
    });
  });

  it('are those of the BEGIN where code has lost its context', async () => {
    await withClient(notes.pool, withSettings(A, ONE), async (client) => {
      await client.query('BEGIN');
      expect((await runWithContext(undefined, () => shownOn(client))).settings).toEqual(ONE);
      expect((await runWithContext(A, () => shownOn(client))).settings).toEqual({});
      await client.query('COMMIT');
      expect((await runWithContext(A, () => shownOn(client))).settings).toEqual({});
    });
  });

  it('are right after a rollback to a savepoint, which brings earlier ones back', async () => {
    await inTransaction(async (client) => {
      await expectOne(client);
      await client.query('SAVEPOINT s');
      await expectNone(client);
      await client.query('ROLLBACK TO SAVEPOINT s');
      await expectNone(client);
      await client.query('ROLLBACK TO SAVEPOINT s');
      await expectOne(client);
    });
  });

  it('are right after a failure that a savepoint undid', async () => {
    await inTransaction(async (client) => {
      await expectOne(client);
      await client.query('SAVEPOINT s');
      await expect(carrying(A, TWO, () => client.query('SELECT 1 / 0'))).rejects.toMatchObject({ code: '22012' });
      await client.query('ROLLBACK TO SAVEPOINT s');
      await expectNone(client);
      await expectOne(client);
    });
  });

  it('are right after a statement that changes settings itself', async () => {
    await inTransaction(async (client) => {
      await expectOne(client);
      await client.query("SELECT set_config('app.one', 'theirs', true)");
      await expectNone(client);
      await carrying(A, ONE, () => client.query("SET LOCAL app.one = 'theirs'"));
      await expectOne(client);
    });
  });

  it('are each statement’s own when statements are queued without waiting', async () => {
    await inTransaction(async (client) => {
      const wanted = [ONE, {}, TWO, TWO, {}, AWKWARD, ONE];
      const shown = await Promise.all(wanted.map((settings) => carrying(A, settings, () => shownOn(client))));
      expect(shown.map(({ settings }) => Object.keys(settings).length)).toEqual([1, 0, 1, 1, 0, 3, 1]);
    });
  });
});

describe('the prepared form with further settings', () => {
  const unscoped = (client: PoolClient, text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const query = Client.prototype.query as unknown as (text: string, done: (error: Error | null) => void) => void;
      query.call(client, text, (error) => (error ? reject(error) : resolve()));
    });

  it('is prepared once, beside the other', async () => {
    await withClient(notes.pool, A, async (client) => {
      for (const settings of [ONE, TWO, ONE]) await carrying(A, settings, () => shownOn(client));
      const { rows } = await client.query("SELECT statement FROM pg_prepared_statements WHERE name LIKE 'nestarc%'");
      expect(rows).toHaveLength(2);
    });
  });

  it('is given up when the server has forgotten it, and the statement runs exactly once', async () => {
    const client = await notes.pool.connect();
    const insert = "INSERT INTO notes (body) VALUES (current_setting('app.one'))";
    for (let n = 0; n < 5; n++) {
      await carrying(A, ONE, () => client.query('SELECT 1'));
      await unscoped(client, 'DEALLOCATE ALL');
      await carrying(A, ONE, () => client.query(insert));
    }
    expect(await runWithContext(A, () => shownOn(client))).toEqual(plain('a'));
    client.release();
    expect(await runWithContext(A, () => notes.bodies())).toEqual(['of a', '1', '1', '1', '1', '1']);
  });
});

describe.runIf(requireProgram('pgbouncer'))('further settings behind PgBouncer', () => {
  it('stay with their statements', async () => {
    const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    await using bouncer = await startPgBouncer({ url: notes.database.appUrl, poolSize: 2 });
    const pool = notes.openPool({ connectionString: bouncer.url, max: 20 });
    const wanted = Array.from({ length: 1_000 }, (_, n) => [n % 2 === 0 ? A : B, [{}, ONE, TWO][n % 3] ?? {}] as const);
    const shown = await Promise.all(
      wanted.map(([context, settings]) => carrying(context, settings, () => shownOn(pool))),
    );
    expect(shown).toEqual(wanted.map(([{ tenantId }, settings]) => ({ tenant: tenantId, settings })));
    await pool.end();
    warnings.mockRestore();
  });
});
