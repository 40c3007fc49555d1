import { createContext, parseTenantId, runWithContext } from '@nestarc/core';
import { createTestDatabase, type TestDatabase } from '@nestarc/testing';
import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AuditService, createAuditedClient } from '@nestarc/audit-log';
import { auditSql } from '../../src';
import { schemaClient, TABLES } from '../fixture/database';
import { PrismaClient } from '../fixture/generated/client';
import { TRACKED } from './guide-world';

const tracked = TRACKED;
const migrations = (): string => TABLES + auditSql(schemaClient(), tracked);

const rename = (prisma: PrismaClient, id: string) => prisma.user.update({ where: { id }, data: { name: 'Grace' } });

// #region testing
let database: TestDatabase;
let prisma: PrismaClient;
beforeAll(async () => {
  database = await createTestDatabase({ sql: migrations() }); // yours, with what auditSql has written
  prisma = createAuditedClient(
    new PrismaClient({ adapter: new PrismaPg({ connectionString: database.appUrl }) }),
    tracked,
  );
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});

it('records who renamed the user', async () => {
  const context = createContext({ tenantId: parseTenantId('acme'), actor: { id: 'u-1', type: 'user' } });
  await runWithContext(context, async () => {
    const { id } = await prisma.user.create({ data: { email: 'ada@acme.example' } });
    await rename(prisma, id);
    const [entry] = await AuditService.of(prisma).history('User', id);
    expect(entry).toMatchObject({ actorId: 'u-1', changes: { name: { before: null, after: 'Grace' } } });
  });
});
// #endregion testing
