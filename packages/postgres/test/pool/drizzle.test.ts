import { runWithContext } from '@nestarc/core';
import { eq, sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { integer, pgTable, text } from 'drizzle-orm/pg-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { CrossTenantWriteError } from '../../src';
import { A, B, useNotes } from './fixture/notes';

const table = pgTable('notes', {
  id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
  tenantId: text('tenant_id')
    .notNull()
    .default(sql`NULLIF(current_setting('app.current_tenant', true), '')`),
  body: text('body').notNull(),
});

const notes = useNotes();
let db: NodePgDatabase;

beforeEach(() => {
  db = drizzle({ client: notes.pool });
});

/** Queries of Drizzle run when they are awaited. */
const read = async (from: Pick<NodePgDatabase, 'select'> = db): Promise<{ body: string }[]> =>
  await from.select({ body: table.body }).from(table).orderBy(table.id);

/** Drizzle wraps what the driver reports. */
const reasonOf = (failing: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(failing).then(
    () => expect.fail('was run'),
    (error: { cause?: unknown }) => error.cause ?? error,
  );

describe('Drizzle on the pool', () => {
  it('reads and writes as the tenant', async () => {
    await runWithContext(A, async () => {
      expect(await db.insert(table).values({ body: 'more' }).returning({ tenant: table.tenantId })).toEqual([
        { tenant: 'a' },
      ]);
      expect((await db.update(table).set({ body: 'changed' })).rowCount).toBe(2);
      expect((await db.delete(table).where(eq(table.body, 'changed'))).rowCount).toBe(2);
      expect(await read()).toEqual([]);
    });
    expect(await runWithContext(B, () => read())).toEqual([{ body: 'of b' }]);
  });

  it('runs transactions as the tenant, with isolation levels and savepoints, and takes them back', async () => {
    await runWithContext(A, async () => {
      const failing = db.transaction(async (tx) => {
        await tx.insert(table).values({ body: 'never' });
        expect(await read(tx)).toHaveLength(2);
        throw new Error('changed my mind');
      });
      await expect(failing).rejects.toThrow('changed my mind');
      await db.transaction(
        async (tx) => {
          const inner = tx.transaction(async (nested) => {
            await nested.insert(table).values({ body: 'undone' });
            nested.rollback();
          });
          await expect(inner).rejects.toThrow('Rollback');
          expect(await read(tx)).toEqual([{ body: 'of a' }]);
        },
        { isolationLevel: 'serializable' },
      );
    });
    expect(notes.pool.idleCount).toBe(notes.pool.totalCount);
  });

  it('runs prepared statements as the tenant of each run', async () => {
    const prepared = db.select({ body: table.body }).from(table).prepare('all_notes');
    for (let n = 0; n < 8; n++) {
      expect(await runWithContext(n % 2 ? B : A, () => prepared.execute())).toEqual([
        { body: n % 2 ? 'of b' : 'of a' },
      ]);
    }
  });

  it('is refused without a tenant, and where it writes for another', async () => {
    expect(await reasonOf(read())).toMatchObject({ code: 'TENANT_CONTEXT_MISSING' });
    expect(await reasonOf(db.transaction(async () => undefined))).toMatchObject({ code: 'TENANT_CONTEXT_MISSING' });
    const theirs = runWithContext(A, () => reasonOf(db.insert(table).values({ tenantId: 'b', body: 'x' })));
    expect(await theirs).toBeInstanceOf(CrossTenantWriteError);
  });

  it('that is refused a transaction does not lose the connection, although Drizzle keeps the client', async () => {
    for (let n = 0; n < 4; n++) expect(await reasonOf(db.transaction(async () => undefined))).toBeInstanceOf(Error);
    expect(await runWithContext(A, () => read())).toEqual([{ body: 'of a' }]);
    const again = runWithContext(B, () => db.transaction(async (tx) => await read(tx)));
    expect(await again).toEqual([{ body: 'of b' }]);
  });

  it('keeps hundreds of concurrent requests apart', async () => {
    const seen = await Promise.all(Array.from({ length: 200 }, (_, n) => runWithContext(n % 2 ? B : A, () => read())));
    seen.forEach((rows, n) => expect(rows).toEqual([{ body: n % 2 ? 'of b' : 'of a' }]));
  });
});
