import { createTestDatabase, type TestDatabase } from '@nestarc/testing';
import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { applyAuditTableSchema, AuditService, auditSql, type AuditTableSQLOptions, getAuditTableSQL } from '../../src';
import { as, asOwner, createClient, entriesOf, schemaClient, TABLES } from '../fixture/database';
import { PrismaClient } from '../fixture/generated/client';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ sql: TABLES });
});
afterAll(() => database.drop());

it('makes the audit table through Prisma, twice as well, and leaves the triggers to auditSql', async () => {
  const owner = new PrismaClient({ adapter: new PrismaPg({ connectionString: database.ownerUrl }) });
  await applyAuditTableSchema(owner, { enforcement: 'trigger', ginIndex: true });
  await asOwner(database, auditSql(schemaClient(), { trackedModels: ['Setting'] }));
  await applyAuditTableSchema(owner, { ginIndex: true });
  await owner.$disconnect();
  const prisma = createClient(database.appUrl);
  await as('a', () => AuditService.of(prisma).log({ action: 'x.y' }));
  await prisma.setting.create({ data: { key: 'k', value: 'v' } }).catch(() => undefined);
  await as('a', () => prisma.setting.create({ data: { key: 'l', value: 'v' } }));
  await prisma.$disconnect();
  expect((await entriesOf(database)).map(({ action }) => action)).toEqual(['x.y', 'Setting.created']);
  const indexes = await asOwner(database, `SELECT indexname AS name FROM pg_indexes WHERE indexdef LIKE '%USING gin%'`);
  expect(indexes).toEqual(
    expect.arrayContaining([{ name: 'audit_logs_changes_gin' }, { name: 'audit_logs_metadata_gin' }]),
  );
});

it.each([
  [{ enforcement: 'rule' }, 'enforcement'],
  [{ trackedModels: ['User'] }, 'trackedModels'],
  [{ ginIndex: 1 }, 'ginIndex'],
])('refuses %j', (options, path) => {
  const make = (): string => getAuditTableSQL(options as unknown as AuditTableSQLOptions);
  expect(make).toThrow(
    expect.objectContaining({ code: 'OPTIONS_INVALID', problems: [expect.objectContaining({ path })] }),
  );
});
