import { runWithContext } from '@nestarc/core';
import { describe, expect, it } from 'vitest';
import { type ContextPool, UnsupportedStatementError } from '../../src';
import { A, B, backendOf, useNotes, withClient } from './fixture/notes';

const notes = useNotes(`
  CREATE PROCEDURE commits() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$;
`);

const failureOf = (pool: ContextPool, text: string): Promise<UnsupportedStatementError> =>
  runWithContext(A, () => pool.query(text)).then(
    () => expect.fail('was run'),
    (error: UnsupportedStatementError) => error,
  );

describe('a statement that cannot share a transaction with the settings', () => {
  it.each([
    ['VACUUM notes', '25001'],
    ['CREATE INDEX CONCURRENTLY later ON notes (body)', '25001'],
    ['REINDEX TABLE CONCURRENTLY notes', '25001'],
    ['CREATE DATABASE another', '25001'],
    ['DISCARD ALL', '25001'],
    ['CALL commits()', '2D000'],
    ["DO 'BEGIN COMMIT; END'", '2D000'],
    ['SELECT 1; SELECT 2', '42601'],
    ['SELECT body FROM notes; COMMIT', '42601'],
  ])('is refused by type, and what to do instead is said: %s', async (text, code) => {
    const pool = notes.openPool();
    const before = await backendOf(pool);
    const error = await failureOf(pool, text);
    expect(error).toBeInstanceOf(UnsupportedStatementError);
    expect(error).toMatchObject({ code: 'STATEMENT_UNSUPPORTED', cause: { code } });
    expect(error.message).toMatch(/pg\.Client|query of its own/);
    expect(await runWithContext(B, () => notes.bodies(pool))).toEqual(['of b']);
    expect(await backendOf(pool)).toBe(before);
  });

  it('is refused by type inside a transaction, too, which can be rolled back', async () => {
    await withClient(notes.pool, A, async (client) => {
      for (const text of ['VACUUM', 'CALL commits()', 'SELECT 1; COMMIT']) {
        await client.query('BEGIN');
        await expect(client.query(text)).rejects.toBeInstanceOf(UnsupportedStatementError);
        await client.query('ROLLBACK');
      }
    });
    expect(notes.pool.idleCount).toBe(1);
  });

  it('is not confused with one that is merely wrong', async () => {
    const wrong = runWithContext(A, () => notes.pool.query('SELEC 1'));
    await expect(wrong).rejects.toMatchObject({ code: '42601' });
    await withClient(notes.pool, A, async (client) => {
      await client.query('BEGIN');
      await client.query('SELECT 1');
      const late = client.query('SET TRANSACTION ISOLATION LEVEL SERIALIZABLE');
      await expect(late).rejects.toMatchObject({ code: '25001' });
      await client.query('ROLLBACK');
    });
  });
});
