import { currentContext, runWithContext } from '@nestarc/core';
import type { QueryResult } from 'pg';
import { describe, expect, it } from 'vitest';
import { A, B, backendOf, useNotes } from './fixture/notes';

const notes = useNotes(`
  CREATE TABLE tags (name text UNIQUE DEFERRABLE INITIALLY DEFERRED);
`);

describe('pool.query', () => {
  it('keeps its connection when the server has answered with an error', async () => {
    const pool = notes.openPool();
    const before = await backendOf(pool);
    await runWithContext(A, async () => {
      await pool.query("INSERT INTO tags VALUES ('x')");
      const failures = [
        ['SELECT 1/0', '22012'],
        ['SELECT * FROM nowhere', '42P01'],
        ["INSERT INTO notes (id, body) OVERRIDING SYSTEM VALUE SELECT id, 'x' FROM notes", '23505'],
        ["INSERT INTO tags VALUES ('x')", '23505'],
        ["INSERT INTO notes (tenant_id, body) VALUES ('b', 'x')", 'CROSS_TENANT_WRITE'],
      ];
      for (const [text = '', code] of failures) {
        await expect(pool.query(text)).rejects.toMatchObject({ code });
        expect(await backendOf(pool)).toBe(before);
      }
      await expect(pool.query('SELECT $1', [{ toPostgres: () => broken() }])).rejects.toThrow('cannot be encoded');
      await expect(pool.query({ name: 'n', text: 'SELECT $1', values: [{ toPostgres: broken }] })).rejects.toThrow();
      expect((await pool.query({ name: 'n', text: 'SELECT $1 AS n', values: ['1'] })).rows).toEqual([{ n: '1' }]);
      expect(await backendOf(pool)).toBe(before);
    });
  });

  it('tells of an error when the connection is ready for another statement, also in a callback', async () => {
    const pool = notes.openPool();
    const idle = await new Promise((resolve) => {
      runWithContext(A, () => pool.query('SELECT 1/0', () => resolve(pool.idleCount)));
    });
    expect(idle).toBe(1);
  });

  it('takes text, parameters, objects and callbacks in every combination that pg takes', async () => {
    const { pool } = notes;
    const text = 'SELECT $1::int AS n';
    const called = (...args: unknown[]): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const done = (error: Error | null, result: QueryResult): void => (error ? reject(error) : resolve(result.rows));
        const returned: unknown = (pool.query as (...all: unknown[]) => unknown)(...args, done);
        expect(returned).toBeUndefined();
      });
    await runWithContext(A, async () => {
      expect((await pool.query(text, [1])).rows).toEqual([{ n: 1 }]);
      expect((await pool.query({ text, values: [1] })).rows).toEqual([{ n: 1 }]);
      expect((await pool.query({ text }, [1])).rows).toEqual([{ n: 1 }]);
      expect((await pool.query(Object.freeze({ text }) as never, [1])).rows).toEqual([{ n: 1 }]);
      expect(await called(text, [1])).toEqual([{ n: 1 }]);
      expect(await called({ text, values: [1] })).toEqual([{ n: 1 }]);
      expect(await called({ text }, [1])).toEqual([{ n: 1 }]);
      expect(await called('SELECT 1 AS n')).toEqual([{ n: 1 }]);
      expect(await called('SELECT 1 AS n', undefined)).toEqual([{ n: 1 }]);
      await expect(pool.query(null as never)).rejects.toThrow(TypeError);
      expect(await new Promise((resolve) => pool.query(resolve as never))).toBeInstanceOf(TypeError);
      await expect(called('SELECT 1/0')).rejects.toMatchObject({ code: '22012' });
    });
    await expect(called('SELECT 1')).rejects.toMatchObject({ code: 'TENANT_CONTEXT_MISSING' });
    expect(pool.idleCount).toBe(pool.totalCount);
  });

  it('leaves a query object as it was: the parameters of one caller are not there for the next', async () => {
    const shared = { text: 'SELECT $1::text AS who' };
    await runWithContext(A, () => notes.pool.query(shared, ['of a']));
    await expect(runWithContext(B, () => notes.pool.query(shared))).rejects.toMatchObject({ code: '08P01' });
    expect(shared).toEqual({ text: 'SELECT $1::text AS who' });
  });

  it('gives up a statement that takes too long, and its connection with it', async () => {
    const pool = notes.openPool();
    const before = await backendOf(pool);
    const slow = { text: 'SELECT pg_sleep(5)', query_timeout: 30 };
    await expect(runWithContext(A, () => pool.query(slow))).rejects.toThrow('Query read timeout');
    expect(pool.totalCount).toBe(0);
    expect(await runWithContext(B, () => notes.bodies(pool))).toEqual(['of b']);
    expect(await backendOf(pool)).not.toBe(before);
    const limited = notes.openPool({ query_timeout: 30 });
    await expect(runWithContext(A, () => limited.query('SELECT pg_sleep(5)'))).rejects.toThrow('Query read timeout');
    expect(await runWithContext(A, () => notes.bodies(limited))).toEqual(['of a']);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(limited.idleCount).toBe(1);
  });

  it('lives on when a callback throws, after a result and after an error', async () => {
    const pool = notes.openPool();
    const before = await backendOf(pool);
    const thrown: unknown[] = [];
    const listeners = process.rawListeners('uncaughtException') as NodeJS.UncaughtExceptionListener[];
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => thrown.push(error.message));
    try {
      for (const text of ['SELECT 1', 'SELECT 1/0']) {
        runWithContext(A, () =>
          pool.query(text, () => {
            throw new Error(text);
          }),
        );
      }
      expect(await runWithContext(B, () => notes.bodies(pool))).toEqual(['of b']);
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const listener of listeners) process.on('uncaughtException', listener);
    }
    expect(thrown).toEqual(['SELECT 1', 'SELECT 1/0']);
    expect(await backendOf(pool)).toBe(before);
  });

  it('calls back in the context of its caller, whoever released the connection it waited for', async () => {
    const pool = notes.openPool();
    const held = await pool.connect();
    const seen = Promise.all(
      [A, B].map((context) =>
        runWithContext(
          context,
          () => new Promise((resolve) => pool.query('SELECT 1', () => resolve(currentContext()?.tenantId))),
        ),
      ),
    );
    runWithContext(B, () => held.release());
    expect(await seen).toEqual(['a', 'b']);
  });
});

function broken(): never {
  throw new TypeError('cannot be encoded');
}
