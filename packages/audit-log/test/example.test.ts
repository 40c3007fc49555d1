// #region install
import { assertAuditInstalled, auditSql, type AuditSqlOptions } from '@nestarc/audit-log';
import type { PrismaClient } from './fixture/generated/client';

export const options: AuditSqlOptions = { trackedModels: ['User', 'Post', 'Account'] };

/** For a migration: run it as the owner of the tables. */
export const migration = (prisma: PrismaClient): string => auditSql(prisma, options);

/** At boot: refuses a database that records less, more, or in another way. */
export const check = (prisma: PrismaClient): Promise<void> => assertAuditInstalled(prisma, prisma, options);
// #endregion install

// #region partitions
import { ensurePartitions, partitionState } from '@nestarc/audit-log';

/** Once a day. */
export async function keepPartitions(prisma: PrismaClient, alarm: (message: string) => void): Promise<void> {
  await ensurePartitions(prisma, { ahead: 3 });
  const { monthsAhead, strayEntries } = await partitionState(prisma);
  if (monthsAhead < 1 || strayEntries > 0) alarm(`audit log: ${monthsAhead} months ahead, ${strayEntries} strays`);
}
// #endregion partitions

import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '@nestarc/testing';
import { as, asOwner, createClient, entriesOf, schemaClient, TABLES } from './fixture/database';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ sql: TABLES });
});
afterAll(() => database.drop());

it('records what a client does once the migration has run, and says before that it has not', async () => {
  const prisma = createClient(database.appUrl);
  try {
    await expect(check(prisma)).rejects.toMatchObject({ code: 'AUDIT_NOT_INSTALLED' });
    await asOwner(database, migration(schemaClient()));
    await check(prisma);
    await as('a', () => prisma.user.create({ data: { email: 'x' } }), { actor: { id: 'u1', type: 'user' } });
    expect(await entriesOf(database)).toMatchObject([{ action: 'User.created', tenant_id: 'a', actor_id: 'u1' }]);
    const alarms: string[] = [];
    await keepPartitions(prisma, (message) => alarms.push(message));
    expect(alarms).toEqual([]);
  } finally {
    await prisma.$disconnect();
  }
});
