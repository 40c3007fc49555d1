import { createTestDatabase } from '@nestarc/testing';
import { PrismaPg } from '@prisma/adapter-pg';
import { expect, it } from 'vitest';
import { as, asOwner, entriesOf, schemaClient, TABLES } from '../fixture/database';
import { PrismaClient } from '../fixture/generated/client';

// #region schema
import { auditSql, AuditService, createAuditedClient } from '@nestarc/audit-log';

const options = { trackedModels: ['User'], tableName: 'audit.audit_logs' };

/** For a migration: a schema that Prisma is not told of, and the role of the application, which may look into it. */
export const migrationOf = (prisma: PrismaClient, role: string): string => `
  CREATE SCHEMA IF NOT EXISTS audit;
  GRANT USAGE ON SCHEMA audit TO "${role}";
  ${auditSql(prisma, { ...options, readerRoles: [role] })}`;

export const audited = (prisma: PrismaClient) => createAuditedClient(prisma, options);

export const serviceOf = (prisma: PrismaClient) => AuditService.of(prisma, { tableName: options.tableName });
// #endregion schema

it('the audit table may be in a schema of its own', async () => {
  const database = await createTestDatabase({ sql: TABLES });
  const role = decodeURIComponent(new URL(database.appUrl).username);
  const prisma = audited(new PrismaClient({ adapter: new PrismaPg({ connectionString: database.appUrl }) }));
  try {
    const write = () => as('a', () => prisma.user.create({ data: { email: 'x' } }));
    await expect(write()).rejects.toMatchObject({ code: 'AUDIT_NOT_INSTALLED' });
    await asOwner(database, migrationOf(schemaClient(), role));
    const { id } = await write();
    expect(await as('a', () => serviceOf(prisma).history('User', id))).toMatchObject([{ action: 'User.created' }]);
    expect(await entriesOf(database, 'true', 'audit.audit_logs')).toHaveLength(1);
  } finally {
    await prisma.$disconnect();
    await database.drop();
  }
});
