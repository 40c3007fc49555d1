import { currentContext, runWithContext } from '@nestarc/core';
import { describe, expect, it } from 'vitest';
import { UnsupportedStatementError } from '../../src';
import { A, B, backendOf, NOBODY, useNotes, withClient } from './fixture/notes';

const notes = useNotes();
const READ = 'SELECT body FROM notes ORDER BY id';

/** Statements that would have an effect on whoever gets the connection next. */
const LASTING = [
  "SET app.current_tenant = 'b'",
  "SET SESSION statement_timeout = '9s'",
  'SET ROLE NONE',
  'RESET ALL',
  'LISTEN news',
  'UNLISTEN *',
  'PREPARE p AS SELECT 1',
  'DEALLOCATE ALL',
  'DECLARE c CURSOR WITH HOLD FOR SELECT 1',
  'CREATE TEMP TABLE notes (body text)',
  'CREATE OR REPLACE TEMPORARY VIEW notes AS SELECT 1',
  "SELECT 'theirs' AS body INTO TEMP notes",
  "DO 'BEGIN CREATE TEMP TABLE notes (body text); END'",
  "SELECT set_config('app.current_tenant', 'b', false)",
  'SELECT pg_advisory_lock(1)',
  'SELECT pg_try_advisory_lock_shared(1)',
];

describe('a statement that leaves something in its session', () => {
  it.each([...LASTING, "SET LOCAL statement_timeout = '9s'"])('is refused by pool.query(%j)', async (text) => {
    notes.counter.reset();
    await expect(runWithContext(A, () => notes.pool.query(text))).rejects.toBeInstanceOf(UnsupportedStatementError);
    await expect(runWithContext(A, () => notes.pool.query({ text }))).rejects.toThrow('pool.connect()');
    expect(notes.counter.bytesSent).toBe(0);
  });

  it.each(LASTING)('costs a client its connection when it is released after %j', async (text) => {
    const pool = notes.openPool();
    const before = await backendOf(pool);
    await withClient(pool, A, (client) => client.query(text));
    expect(await runWithContext(B, () => notes.bodies(pool))).toEqual(['of b']);
    expect(await backendOf(pool)).not.toBe(before);
  });

  it.each([
    'SET LOCAL search_path = public',
    "SELECT set_config('search_path', 'public', true)",
    'SET TRANSACTION READ ONLY',
    'SET CONSTRAINTS ALL DEFERRED',
    'DECLARE c CURSOR FOR SELECT 1',
    'CREATE TEMP TABLE mine ON COMMIT DROP AS SELECT 1 AS n',
    'SELECT pg_advisory_xact_lock(1)',
    "SELECT 'set_config(1, 2, false); CREATE TEMP TABLE x'",
  ])('does not, when it lasts to the end of the transaction only: %j', async (text) => {
    const pool = notes.openPool();
    const before = await backendOf(pool);
    await withClient(pool, A, async (client) => {
      await client.query('BEGIN');
      await client.query(text);
      expect((await client.query(READ)).rows).toEqual([{ body: 'of a' }]);
      await client.query('COMMIT');
    });
    expect(await backendOf(pool)).toBe(before);
  });

  it('keeps its connection where it sets a new one up', async () => {
    const pool = notes.openPool();
    pool.on('connect', (client) => void client.query("SET application_name = 'set up'"));
    const before = await backendOf(pool);
    expect(await backendOf(pool)).toBe(before);
  });

  it('keeps its connection where the pool’s onConnect sets a new one up', async () => {
    const options = { onConnect: (client: { query(text: string): unknown }) => client.query('SET work_mem = 4096') };
    const pool = notes.openPool(options);
    const before = await backendOf(pool);
    expect(await backendOf(pool)).toBe(before);
  });
});

describe('a tenant that a caller sets for the session', () => {
  const THEIRS = "SELECT set_config('app.current_tenant', 'b', false)";

  it('is never that of a statement, outside of a transaction or inside', async () => {
    await withClient(notes.pool, A, async (client) => {
      await client.query(THEIRS);
      expect((await client.query(READ)).rows).toEqual([{ body: 'of a' }]);
      await runWithContext(NOBODY, async () => expect((await client.query(READ)).rows).toEqual([]));
      await client.query('BEGIN');
      await client.query(THEIRS);
      expect((await client.query(READ)).rows).toEqual([{ body: 'of a' }]);
      await client.query("SET LOCAL app.current_tenant = 'b'");
      expect((await client.query(READ)).rows).toEqual([{ body: 'of a' }]);
      await client.query('RESET app.current_tenant');
      expect((await client.query(READ)).rows).toEqual([{ body: 'of a' }]);
      await client.query('COMMIT');
      expect((await client.query(READ)).rows).toEqual([{ body: 'of a' }]);
    });
  });

  it('does not reach the next user of the connection, however it was set', async () => {
    const pool = notes.openPool();
    await withClient(pool, A, async (client) => {
      await client.query('SELECT set_config($1, $2, $3)', ['app.current_tenant', 'b', false]);
    });
    expect(await runWithContext(A, () => notes.bodies(pool))).toEqual(['of a']);
    const { rows } = await withClient(pool, NOBODY, (client) =>
      client.query("SELECT current_setting('app.current_tenant') AS tenant"),
    );
    expect(rows).toEqual([{ tenant: '' }]);
  });
});

describe('a notification', () => {
  it('reaches its listener outside of any tenant, not in that of whoever needed the connection', async () => {
    const pool = notes.openPool();
    const client = await runWithContext(B, () => pool.connect());
    const heard = new Promise((resolve) => client.once('notification', () => resolve(currentContext())));
    await runWithContext(A, () => client.query('LISTEN news'));
    await notes.admin.query('NOTIFY news');
    expect(await heard).toBeUndefined();
    client.release();
    expect(pool.totalCount).toBe(0);
  });
});
