import type { TestDatabase } from '@nestarc/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensurePartitions, partitionState } from '../../src';
import { as, asOwner, createAuditedDatabase, createClient, entriesOf, withSession } from '../fixture/database';
import type { PrismaClient } from '../fixture/generated/client';

const LONG = 'an_audit_table_with_a_name_that_has_exactly_the_63_bytes_allowed';
const TABLE = LONG.slice(0, 63);

let database: TestDatabase;
let prisma: PrismaClient;
beforeAll(async () => {
  database = await createAuditedDatabase({ trackedModels: ['User'], tableName: TABLE, ahead: 0 });
  prisma = createClient(database.appUrl);
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});

const options = { tableName: TABLE };
const write = (email: string): Promise<unknown> => as('a', () => prisma.user.create({ data: { email } }));

/** As if months had gone by: the partition of the present month is gone, and its entries with it. */
async function dropPartitions(): Promise<void> {
  await asOwner(
    database,
    `DO $$ DECLARE p regclass; BEGIN
       FOR p IN SELECT inhrelid FROM pg_inherits WHERE inhparent = '${TABLE}'::regclass LOOP
         IF pg_get_expr((SELECT relpartbound FROM pg_class WHERE oid = p), p) <> 'DEFAULT' THEN EXECUTE format('DROP TABLE %s', p); END IF;
       END LOOP;
     END $$`,
  );
}

describe('partitions', () => {
  it('are made ahead by the application itself, once', async () => {
    expect(await partitionState(prisma, options)).toEqual({ monthsAhead: 0, strayEntries: 0 });
    const made = await ensurePartitions(prisma, { ...options, ahead: 4 });
    expect(made).toHaveLength(4);
    expect(made.every((name) => Buffer.byteLength(name) <= 63)).toBe(true);
    expect(await ensurePartitions(prisma, { ...options, ahead: 4 })).toEqual([]);
    expect(await partitionState(prisma, options)).toEqual({ monthsAhead: 4, strayEntries: 0 });
  });

  it('may be made by many at once', async () => {
    const made = await Promise.all(Array.from({ length: 4 }, () => ensurePartitions(prisma, { ...options, ahead: 8 })));
    expect(made.flat()).toHaveLength(4);
  });

  it('that nobody makes stop nothing: entries wait in the default partition, which can be told, and move when they are made', async () => {
    await dropPartitions();
    for (const email of ['one', 'two', 'three']) await write(email);
    expect(await partitionState(prisma, options)).toEqual({ monthsAhead: -1, strayEntries: 3 });
    const before = await entriesOf(database, 'true', TABLE);
    expect(await ensurePartitions(prisma, { ...options, ahead: 1 })).toHaveLength(2);
    expect(await partitionState(prisma, options)).toEqual({ monthsAhead: 1, strayEntries: 0 });
    expect(await entriesOf(database, 'true', TABLE)).toEqual(before);
    await write('four');
    expect(await partitionState(prisma, options)).toEqual({ monthsAhead: 1, strayEntries: 0 });
  });

  it('are made while others write', async () => {
    await withSession(database.ownerUrl, async (client) => {
      await client.query(`BEGIN; SET LOCAL app.current_tenant = 'a'; INSERT INTO users (email) VALUES ('open')`);
      expect(await ensurePartitions(prisma, { ...options, ahead: 2 })).toHaveLength(1);
      await client.query('COMMIT');
    });
    expect(await entriesOf(database, `new ->> 'email' = 'open'`, TABLE)).toHaveLength(1);
  });

  it('are as closed as the first ones', async () => {
    const [row] = (await asOwner(
      database,
      `SELECT count(*)::int AS n, bool_and(relrowsecurity) AS secured,
              bool_or(has_table_privilege('${decodeURIComponent(new URL(database.appUrl).username)}', oid, 'SELECT, INSERT, UPDATE, DELETE')) AS open
         FROM pg_class WHERE oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = '${TABLE}'::regclass)`,
    )) as { n: number; secured: boolean; open: boolean }[];
    expect(row).toEqual({ n: 4, secured: true, open: false });
  });

  it('are UTC months, also for a session in another time zone', async () => {
    await withSession(database.ownerUrl, async (client) => {
      await client.query(`SET timezone = 'Asia/Seoul'`);
      await client.query(`SELECT "${TABLE}"`).catch(() => undefined);
      await ensurePartitions(client, { ...options, ahead: 3 });
    });
    const bounds = (await asOwner(database, `SET timezone = 'UTC'; SELECT 1`).then(() =>
      asOwner(
        database,
        `SELECT pg_get_expr(relpartbound, oid) AS bound FROM pg_class WHERE oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = '${TABLE}'::regclass)`,
      ),
    )) as { bound: string }[];
    for (const { bound } of bounds) {
      expect(bound).toMatch(/^DEFAULT$|FROM \('\d{4}-\d\d-01 00:00:00\+00'\) TO \('\d{4}-\d\d-01 00:00:00\+00'\)/);
    }
  });
});

describe('a flat table', () => {
  it('records as one with partitions does', async () => {
    const flat = await createAuditedDatabase({
      trackedModels: ['User'],
      partitioned: false,
      tableName: 'billing.trail',
    });
    const client = createClient(flat.appUrl);
    try {
      await as('a', () => client.user.create({ data: { email: 'x' } }));
      expect(await entriesOf(flat, 'true', 'billing.trail')).toMatchObject([
        { action: 'User.created', tenant_id: 'a' },
      ]);
    } finally {
      await client.$disconnect();
      await flat.drop();
    }
  });
});
