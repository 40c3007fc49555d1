import { createTestDatabase, type TestDatabase } from '@nestarc/testing';
import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditService, assertAuditInstalled, auditSql, type AuditSqlOptions, ensurePartitions } from '../../src';
import { as, asOwner, createClient, schemaClient, TABLES } from '../fixture/database';
import { PrismaClient } from '../fixture/generated/client';
import { settled } from '../fixture/slow-transaction';
import { publishedTable, type PublishedTable } from './published-table';

const ID = '11111111-1111-4111-8111-111111111111';
const TRACKED = { trackedModels: ['User'] };

const LAYOUTS: readonly PublishedTable[] = [{}, { partitioned: true, enforcement: 'rule' }];

/** A checkpoint of version 0.4: where its stream has got to. */
async function publishedCheckpoint(database: TestDatabase, action: string): Promise<string> {
  const [row] = (await asOwner(
    database,
    `SELECT 'v1|' || to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '|' || id AS place
       FROM audit_logs WHERE action = '${action}'`,
  )) as { place: string }[];
  return Buffer.from(row?.place ?? '').toString('base64url');
}

/** The table as it was, the migration, and a client of the application. */
async function migrated(
  published: PublishedTable,
  migration: string,
): Promise<{ database: TestDatabase; prisma: PrismaClient; checkpoint: string }> {
  const database = await createTestDatabase({ sql: TABLES + publishedTable(published) });
  const checkpoint = await publishedCheckpoint(database, 'User.updated');
  // A migration runs in one transaction.
  await asOwner(database, migration);
  return { database, prisma: createClient(database.appUrl), checkpoint };
}

const optionsOf = ({ partitioned = false }: PublishedTable): AuditSqlOptions => ({ ...TRACKED, partitioned });

describe.each(LAYOUTS)('an audit table of version 0.4 (%j)', (published) => {
  let database: TestDatabase;
  let prisma: PrismaClient;
  let audit: AuditService;
  let checkpoint: string;
  beforeAll(async () => {
    ({ database, prisma, checkpoint } = await migrated(published, auditSql(schemaClient(), optionsOf(published))));
    audit = AuditService.of(prisma);
  });
  afterAll(async () => {
    await prisma.$disconnect();
    await database.drop();
  });

  const actions = async (after?: string): Promise<string[]> => {
    const found: string[] = [];
    for await (const { entries } of audit.scan({ tenantId: 'a', after })) found.push(...entries.map((e) => e.action));
    return found;
  };

  it('goes on from where the stream of version 0.4 had got to, also when nothing has come since', async () => {
    await settled(database);
    expect(await actions()).toHaveLength(2);
    expect(await actions(checkpoint)).toEqual([]);
  });

  it('is what auditSql makes, and stays so when it runs again', async () => {
    await assertAuditInstalled(prisma, prisma, optionsOf(published));
    await asOwner(database, auditSql(schemaClient(), optionsOf(published)));
    await assertAuditInstalled(prisma, prisma, optionsOf(published));
  });

  it('has what was recorded, with its changes, and in its order', async () => {
    const { entries } = await as('a', () => audit.query({ action: 'User.*' }));
    expect(entries).toMatchObject([
      { action: 'User.updated', actorId: 'u1', changes: { name: { before: 'Ann', after: 'Anne' } } },
      { action: 'User.created', op: null, before: null, after: null },
    ]);
    expect((await as('a', () => audit.getById(entries[0]?.id ?? '')))?.action).toBe('User.updated');
    expect(await as('b', () => audit.getById(entries[0]?.id ?? ''))).toBeNull();
    expect((await as('a', () => audit.history('User', ID))).map(({ action }) => action)).toEqual([
      'User.updated',
      'User.created',
    ]);
  });

  it('records on, and shows old and new together', async () => {
    await as('a', () => prisma.user.create({ data: { id: ID, email: 'x', name: 'Anne' } }));
    await as('a', () => prisma.user.update({ where: { id: ID }, data: { name: 'Anna' } }));
    const history = await as('a', () => audit.history('User', ID));
    expect(history.map(({ action, op }) => `${action} ${String(op)}`)).toEqual([
      'User.updated update',
      'User.created insert',
      'User.updated null',
      'User.created null',
    ]);
    await settled(database);
    expect(await actions(checkpoint)).toEqual(['User.created', 'User.updated']);
  });

  it('knows rows from the first change that is recorded here, and says that it does not know all', async () => {
    expect(await as('a', () => audit.asOf('User', new Date()))).toMatchObject({
      rows: [{ name: 'Anna' }],
      isComplete: false,
    });
  });

  it('refuses changes aloud, and is pruned', async () => {
    await expect(asOwner(database, `UPDATE audit_logs SET action = 'x'`)).rejects.toMatchObject({ code: 'P0001' });
    await expect(asOwner(database, `DELETE FROM audit_logs`)).rejects.toMatchObject({ code: 'P0001' });
    await asOwner(database, `INSERT INTO audit_logs (action, created_at) VALUES ('old', now() - interval '500 days')`);
    const owner = new PrismaClient({ adapter: new PrismaPg({ connectionString: database.ownerUrl }) });
    const olderThan = new Date(Date.now() - 400 * 24 * 60 * 60 * 1000);
    expect(await audit.prune({ olderThan, client: owner })).toMatchObject({ deletedRows: 1, isComplete: true });
    await owner.$disconnect();
  });
});

// #region copy
/** For a migration: the entries move to a table with partitions, in their order. */
export const copyToPartitions = (prisma: PrismaClient): string => `
  ALTER TABLE audit_logs RENAME TO audit_logs_04;
  ${auditSql(prisma, { trackedModels: ['User'] })}
  INSERT INTO audit_logs (id, tenant_id, actor_id, actor_type, actor_ip, action, target_type, target_id, source,
      changes, metadata, result, created_at, schema_version)
    SELECT id, tenant_id, actor_id, actor_type, actor_ip, action, target_type, target_id, source,
      changes, metadata, result, created_at, 0 FROM audit_logs_04 ORDER BY created_at, id;
  SELECT audit_logs_ensure_partitions(3);
`;
// #endregion copy

it('a table without partitions is copied into one with them, months that are long over included', async () => {
  const old = `INSERT INTO audit_logs (tenant_id, action, created_at) VALUES ('a', 'User.old', '2024-03-05');`;
  const database = await createTestDatabase({ sql: TABLES + publishedTable() + old });
  await asOwner(database, copyToPartitions(schemaClient()));
  const prisma = createClient(database.appUrl);
  try {
    await assertAuditInstalled(prisma, prisma, TRACKED);
    const audit = AuditService.of(prisma);
    const { entries } = await as('a', () => audit.query());
    expect(entries.map(({ action }) => action)).toEqual(['User.updated', 'User.created', 'User.old']);
    await settled(database);
    const scanned: string[] = [];
    for await (const page of audit.scan({ tenantId: 'a' })) scanned.push(...page.entries.map(({ action }) => action));
    expect(scanned).toEqual(['User.old', 'User.created', 'User.updated']);
    expect(await asOwner(database, `SELECT count(*)::int AS n FROM audit_logs_y2024m03`)).toEqual([{ n: 1 }]);
    expect(await ensurePartitions(prisma)).toEqual([]);
    await asOwner(database, 'DROP TABLE audit_logs_04');
  } finally {
    await prisma.$disconnect();
    await database.drop();
  }
});

it('a table without partitions is refused where partitions are asked for, with what to do', async () => {
  const database = await createTestDatabase({ sql: TABLES + publishedTable() });
  await expect(asOwner(database, auditSql(schemaClient(), TRACKED))).rejects.toThrow(
    /audit_logs has no partitions: set the option "partitioned" to false/,
  );
  await database.drop();
});
