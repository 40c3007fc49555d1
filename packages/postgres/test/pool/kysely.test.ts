import { runWithContext } from '@nestarc/core';
import { Kysely, PostgresDialect, sql, type Generated } from 'kysely';
import Cursor from 'pg-cursor';
import { beforeEach, describe, expect, it } from 'vitest';
import { CrossTenantWriteError } from '../../src';
import { A, B, useNotes } from './fixture/notes';

interface Database {
  notes: { id: Generated<number>; tenant_id: Generated<string>; body: string };
}

const notes = useNotes();
let db: Kysely<Database>;

beforeEach(() => {
  db = new Kysely<Database>({ dialect: new PostgresDialect({ pool: notes.pool, cursor: Cursor }) });
});

const read = (): Promise<{ body: string }[]> => db.selectFrom('notes').select('body').orderBy('id').execute();
const write = (body: string) => db.insertInto('notes').values({ body }).returning('tenant_id').execute();

describe('Kysely on the pool', () => {
  it('reads and writes as the tenant', async () => {
    await runWithContext(A, async () => {
      expect(await write('more')).toEqual([{ tenant_id: 'a' }]);
      expect(await db.updateTable('notes').set({ body: 'changed' }).executeTakeFirst()).toMatchObject({
        numUpdatedRows: 2n,
      });
      expect((await db.deleteFrom('notes').where('body', '=', 'changed').executeTakeFirst()).numDeletedRows).toBe(2n);
      expect(await read()).toEqual([]);
    });
    expect(await runWithContext(B, read)).toEqual([{ body: 'of b' }]);
  });

  it('runs transactions as the tenant, with isolation levels and savepoints, and takes them back', async () => {
    await runWithContext(A, async () => {
      const failing = db.transaction().execute(async (trx) => {
        await trx.insertInto('notes').values({ body: 'never' }).execute();
        expect(await trx.selectFrom('notes').select('body').execute()).toHaveLength(2);
        throw new Error('changed my mind');
      });
      await expect(failing).rejects.toThrow('changed my mind');
      expect(await read()).toEqual([{ body: 'of a' }]);
      await db
        .transaction()
        .setIsolationLevel('serializable')
        .execute(async (trx) => {
          const { rows } = await sql<{
            level: string;
          }>`SELECT current_setting('transaction_isolation') AS level`.execute(trx);
          expect(rows).toEqual([{ level: 'serializable' }]);
        });
      const trx = await db.startTransaction().execute();
      const inner = await trx.savepoint('s').execute();
      await inner.insertInto('notes').values({ body: 'undone' }).execute();
      const outer = await inner.rollbackToSavepoint('s').execute();
      expect(await outer.selectFrom('notes').select('body').execute()).toEqual([{ body: 'of a' }]);
      await trx.commit().execute();
    });
    expect(notes.pool.idleCount).toBe(notes.pool.totalCount);
  });

  it('streams as the tenant', async () => {
    const bodies: string[] = [];
    await runWithContext(A, async () => {
      for await (const { body } of db.selectFrom('notes').select('body').stream(1)) bodies.push(body);
    });
    expect(bodies).toEqual(['of a']);
  });

  it('is refused without a tenant, and where it writes for another', async () => {
    await expect(read()).rejects.toMatchObject({ code: 'TENANT_CONTEXT_MISSING' });
    await expect(db.transaction().execute(async () => undefined)).rejects.toMatchObject({
      code: 'TENANT_CONTEXT_MISSING',
    });
    const theirs = runWithContext(A, () => db.insertInto('notes').values({ tenant_id: 'b', body: 'x' }).execute());
    await expect(theirs).rejects.toBeInstanceOf(CrossTenantWriteError);
  });

  it('keeps hundreds of concurrent requests apart', async () => {
    const seen = await Promise.all(Array.from({ length: 200 }, (_, n) => runWithContext(n % 2 ? B : A, read)));
    seen.forEach((rows, n) => expect(rows).toEqual([{ body: n % 2 ? 'of b' : 'of a' }]));
  });
});
