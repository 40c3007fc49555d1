import { createContext, runWithContext, TenantContextMissingError } from '@nestarc/core';
import { describe, expect, it } from 'vitest';
import { ContextPool, CrossTenantWriteError, sql } from '../../src';
import { A, B, NOBODY, useNotes } from './fixture/notes';

const notes = useNotes();
const bodies = (): Promise<string[]> => notes.bodies();

describe('a statement of the pool', () => {
  it('is scoped to its tenant, in one round trip', async () => {
    await runWithContext(A, bodies);
    notes.counter.reset();
    expect(await runWithContext(A, bodies)).toEqual(['of a']);
    expect(await runWithContext(B, bodies)).toEqual(['of b']);
    expect(notes.counter.count).toBe(2);
  });

  it('carries the whole context', async () => {
    const { rows } = await runWithContext(A, () =>
      notes.pool
        .query(`SELECT current_setting('app.current_tenant') AS tenant, current_setting('app.actor_id') AS actor,
        current_setting('app.actor_type') AS type, current_setting('app.request_id') AS request,
        current_setting('app.mode') AS mode`),
    );
    expect(rows).toEqual([{ tenant: 'a', actor: 'u-1', type: 'user', request: 'r-1', mode: 'tenant' }]);
  });

  it('is refused without a tenant, and nothing is sent', async () => {
    notes.counter.reset();
    await expect(notes.pool.query('SELECT 1')).rejects.toBeInstanceOf(TenantContextMissingError);
    await expect(runWithContext(createContext(), () => notes.pool.query('SELECT 1'))).rejects.toMatchObject({
      code: 'TENANT_CONTEXT_MISSING',
    });
    expect(notes.counter.bytesSent).toBe(0);
  });

  it('sees no tenant’s rows in mode bypass, or where a missing tenant is let through', async () => {
    expect(await runWithContext(NOBODY, bodies)).toEqual([]);
    const lenient = new ContextPool({ connectionString: notes.database.appUrl, onMissingTenant: 'bypass' });
    expect((await lenient.query('SELECT body FROM notes')).rows).toEqual([]);
    await lenient.end();
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
        notes.pool.query('SELECT 1', (error: Error) => {
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
      for (let n = 0; n < 3; n++) expect((await notes.pool.query(named)).rows).toEqual([{ body: 'of a' }]);
      const asArrays = await notes.pool.query({ text: 'SELECT body FROM notes', rowMode: 'array' });
      expect(asArrays.rows).toEqual([['of a']]);
      const { text, values } = sql`SELECT body FROM notes WHERE body = ${'of a'}`;
      expect((await notes.pool.query(text, [...values])).rowCount).toBe(1);
      expect((await notes.pool.query('')).rows).toEqual([]);
    });
  });

  it('that fails reports what pg reports, and leaves a usable pool', async () => {
    await runWithContext(A, async () => {
      await expect(notes.pool.query('SELECT 1/0')).rejects.toMatchObject({ code: '22012' });
      const named = { name: 'broken', text: 'SELECT * FROM nowhere' };
      await expect(notes.pool.query(named)).rejects.toMatchObject({ code: '42P01' });
      await expect(notes.pool.query(named)).rejects.toMatchObject({ code: '42P01' });
      expect(await bodies()).toEqual(['of a']);
    });
  });

  it('that writes for another tenant is a typed error', async () => {
    const write = runWithContext(A, () => notes.pool.query("INSERT INTO notes (tenant_id, body) VALUES ('b', 'x')"));
    await expect(write).rejects.toBeInstanceOf(CrossTenantWriteError);
    const denied = runWithContext(A, () => notes.pool.query('DROP TABLE notes'));
    await expect(denied).rejects.not.toBeInstanceOf(CrossTenantWriteError);
  });
});

describe('a pool', () => {
  it('refuses statements without text as pg does, and lives on', async () => {
    await runWithContext(A, async () => {
      for (const nothing of [{}, { text: undefined }, { text: Buffer.from('SELECT 1') }]) {
        await expect(notes.pool.query(nothing as never)).rejects.toThrow(/either text or a name/);
      }
      await expect(notes.pool.query('SELECT $1', 'no array' as never)).rejects.toThrow(/must be an array/);
      expect(await bodies()).toEqual(['of a']);
    });
  });

  it('does not pipeline, because the transaction status of a queued statement would not be known', () => {
    expect(() => new ContextPool({ pipeline: true })).toThrow('pipeline');
  });

  it('lets listeners set new connections up without a tenant', async () => {
    const pool = notes.openPool();
    const outcomes: unknown[] = [];
    pool.on('connect', (client) => {
      client.query("SET application_name = 'set up'").then(
        () => outcomes.push('done'),
        (error) => outcomes.push(error),
      );
    });
    const { rows } = await runWithContext(A, () => pool.query("SELECT current_setting('application_name') AS name"));
    expect([rows, outcomes]).toEqual([[{ name: 'set up' }], ['done']]);
  });
});
