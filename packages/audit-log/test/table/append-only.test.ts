import type { TestDatabase } from '@nestarc/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { as, asOwner, createAuditedDatabase, createClient, entriesOf, withSession } from '../fixture/database';
import type { PrismaClient } from '../fixture/generated/client';

let database: TestDatabase;
let prisma: PrismaClient;
beforeAll(async () => {
  database = await createAuditedDatabase();
  prisma = createClient(database.appUrl);
  await as('a', () => prisma.user.create({ data: { email: 'a@a' } }));
  await as('b', () => prisma.user.create({ data: { email: 'b@b' } }));
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});

const asApp = (sql: string): Promise<unknown> =>
  withSession(database.appUrl, async (client) => {
    await client.query(`SELECT set_config('app.current_tenant', 'a', false)`);
    return (await client.query<Record<string, unknown>>(sql)).rows;
  });

const CHANGES = [
  `UPDATE audit_logs SET action = 'x'`,
  'DELETE FROM audit_logs',
  'TRUNCATE audit_logs',
  `INSERT INTO audit_logs (tenant_id, action) VALUES ('a', 'x')`,
  `INSERT INTO audit_logs (tenant_id, action) VALUES ('b', 'x')`,
];

const partitions = async (): Promise<string[]> =>
  (
    (await asOwner(
      database,
      `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'audit_logs'::regclass`,
    )) as { name: string }[]
  ).map(({ name }) => name);

describe('the audit table', () => {
  it.each(CHANGES)('lets the application not run: %s', async (sql) => {
    await expect(asApp(sql)).rejects.toMatchObject({ code: '42501' });
  });

  it.each(CHANGES.slice(0, 3))('lets its owner not run, with a hint where to turn: %s', async (sql) => {
    await expect(asOwner(database, sql)).rejects.toMatchObject({
      code: 'P0001',
      hint: expect.stringContaining('prune') as string,
    });
  });

  it('lets nobody change or read its partitions on the side', async () => {
    const names = await partitions();
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) {
      for (const verb of ['SELECT * FROM', 'DELETE FROM', 'TRUNCATE']) {
        await expect(asApp(`${verb} ${name}`)).rejects.toMatchObject({ code: '42501' });
      }
      await expect(asOwner(database, `TRUNCATE ${name}`)).rejects.toMatchObject({ code: 'P0001' });
    }
    const [current] = (await asOwner(database, 'SELECT DISTINCT tableoid::regclass::text AS name FROM audit_logs')) as {
      name: string;
    }[];
    await expect(asOwner(database, `DELETE FROM ${current?.name ?? ''}`)).rejects.toMatchObject({ code: 'P0001' });
  });

  it('shows a tenant its own entries, and nobody anything without a tenant', async () => {
    const seen = async (tenant: string): Promise<unknown> =>
      withSession(database.appUrl, async (client) => {
        await client.query(`SELECT set_config('app.current_tenant', $1, false)`, [tenant]);
        return (await client.query<Record<string, unknown>>(`SELECT DISTINCT tenant_id FROM audit_logs`)).rows;
      });
    expect(await seen('a')).toEqual([{ tenant_id: 'a' }]);
    expect(await seen('b')).toEqual([{ tenant_id: 'b' }]);
    expect(await seen('')).toEqual([]);
    expect(await as('a', () => prisma.auditEntry.count())).toBe(1);
  });

  it('shows auditors all, who still change nothing', async () => {
    const role = `${database.name}_auditor`;
    await withSession(database.adminUrl, (client) =>
      client.query(
        `CREATE ROLE ${role} LOGIN PASSWORD 'x'; GRANT USAGE ON SCHEMA public TO ${role}; GRANT CONNECT ON DATABASE ${database.name} TO ${role}`,
      ),
    );
    const other = await createAuditedDatabase({ auditorRoles: [role] });
    try {
      const url = new URL(other.appUrl);
      url.username = role;
      url.password = 'x';
      await withSession(other.adminUrl, (client) =>
        client.query(`GRANT USAGE ON SCHEMA public TO ${role}; GRANT CONNECT ON DATABASE ${other.name} TO ${role}`),
      );
      await asOwner(other, `BEGIN; SET LOCAL app.current_tenant = 'z'; INSERT INTO users (email) VALUES ('z'); COMMIT`);
      await withSession(url.href, async (client) => {
        expect((await client.query('SELECT tenant_id FROM audit_logs')).rows).toEqual([{ tenant_id: 'z' }]);
        await expect(client.query('DELETE FROM audit_logs')).rejects.toMatchObject({ code: '42501' });
      });
    } finally {
      await other.drop();
      await withSession(database.adminUrl, (client) => client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`));
    }
  });
});

describe('an entry of the application', () => {
  it('is of the tenant and the actor of the connection, whatever is passed', async () => {
    await as(
      'a',
      () =>
        prisma.$queryRaw`SELECT audit_logs_log('invoice.sent', 'Invoice', '7', '{"tenant_id": "b", "to": "x"}', NULL)`,
      { actor: { id: 'u1', type: 'user' }, requestId: 'r1' },
    );
    const [entry] = await entriesOf(database, `source = 'manual'`);
    expect(entry).toMatchObject({
      tenant_id: 'a',
      actor_id: 'u1',
      request_id: 'r1',
      action: 'invoice.sent',
      target_type: 'Invoice',
      target_id: '7',
      metadata: { tenant_id: 'b', to: 'x' },
      result: 'success',
      op: null,
    });
  });
});
