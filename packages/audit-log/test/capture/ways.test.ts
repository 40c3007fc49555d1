import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { TestDatabase } from '@nestarc/testing';
import { from as copyFrom } from 'pg-copy-streams';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { as, asOwner, createAuditedDatabase, createClient, mark, withSession } from '../fixture/database';
import type { PrismaClient } from '../fixture/generated/client';

let database: TestDatabase;
let prisma: PrismaClient;
beforeAll(async () => {
  database = await createAuditedDatabase();
  prisma = createClient(database.appUrl);
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});

describe('whatever the way to the database', () => {
  it('raw SQL, ON CONFLICT, MERGE and writable CTEs are recorded', async () => {
    const since = await mark(database);
    await as('a', async () => {
      await prisma.$executeRaw`INSERT INTO settings (key, value) VALUES ('k1', '1'), ('k2', '1')`;
      await prisma.$executeRaw`INSERT INTO settings (key, value) VALUES ('k2', '2'), ('k3', '1') ON CONFLICT (key) DO UPDATE SET value = excluded.value`;
      await prisma.$executeRaw`WITH gone AS (DELETE FROM settings WHERE key = 'k1' RETURNING *), moved AS (UPDATE settings SET value = '3' WHERE key = 'k3' RETURNING *)
        INSERT INTO settings (key, value) SELECT 'k4', value FROM gone`;
      await prisma.$executeRaw`MERGE INTO settings s USING (VALUES ('k4'), ('k5')) v (key) ON s.key = v.key
        WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (key, value) VALUES (v.key, 'm')`;
    });
    const entries = await since.entries();
    expect(entries.map(({ op, target_id: target }) => `${String(op)} ${String(target)}`).sort()).toEqual(
      [
        'insert k1',
        'insert k2',
        'update k2',
        'insert k3',
        'delete k1',
        'update k3',
        'insert k4',
        'delete k4',
        'insert k5',
      ].sort(),
    );
  });

  it('COPY is recorded row by row', async () => {
    const since = await mark(database);
    await withSession(database.ownerUrl, async (client) => {
      await pipeline(
        Readable.from(['c1\t1\nc2\t2\n']),
        client.query(copyFrom('COPY settings (key, value) FROM STDIN')),
      );
    });
    const entries = await since.entries();
    expect(entries.map(({ op, target_id: target }) => [op, target])).toEqual([
      ['insert', 'c1'],
      ['insert', 'c2'],
    ]);
  });

  it('a session without the application is recorded with its role, and for the tenant of the row', async () => {
    const since = await mark(database);
    await withSession(database.adminUrl, (client) =>
      client.query(`INSERT INTO users (tenant_id, email) VALUES ('a', 'psql@a'), ('b', 'psql@b')`),
    );
    const entries = await since.entries();
    expect(
      entries.map((entry) => [entry.tenant_id, entry.actor_id, entry.actor_type, entry.metadata, entry.request_id]),
    ).toEqual([
      ['a', null, 'system', { dbRole: 'postgres' }, null],
      ['b', null, 'system', { dbRole: 'postgres' }, null],
    ]);
  });

  it('TRUNCATE is recorded as one entry for each table it empties', async () => {
    await as('a', () => prisma.user.create({ data: { email: randomUUID(), posts: { create: { title: 'p' } } } }));
    const since = await mark(database);
    await asOwner(database, 'TRUNCATE users CASCADE');
    const entries = await since.entries();
    expect(entries.map(({ action, target_id: target, tenant_id: tenant }) => [action, target, tenant]).sort()).toEqual(
      ['_PostToTag', 'Comment', 'Post', 'Reaction', 'User'].map((model) => [`${model}.truncated`, null, null]).sort(),
    );
  });

  it('tables of other schemas and of long names are recorded', async () => {
    const since = await mark(database);
    await as('a', async () => {
      await prisma.payment.create({ data: { amount: 3 } });
      await prisma.longName.create({ data: { id: 1, name: 'x' } });
      await prisma.longName.update({ where: { id: 1 }, data: { name: 'y' } });
    });
    expect(await since.summary()).toEqual(['insert Payment', 'insert LongName', 'update LongName']);
  });

  it('a table without a column for the tenant gets it from the session', async () => {
    const since = await mark(database);
    await as('b', () => prisma.setting.create({ data: { key: randomUUID(), value: 'v' } }));
    expect((await since.entries()).map((entry) => entry.tenant_id)).toEqual(['b']);
  });
});
