import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AuditorDatabase, createAuditorDatabase } from '../fixture/auditor';
import { type AuditedClient, createAudited } from '../fixture/audited-client';
import { as, asOwner, entriesOf } from '../fixture/database';
import { PrismaClient } from '../fixture/generated/client';
import { settled } from '../fixture/slow-transaction';

// #region roles
import { AuditService, auditSql } from '@nestarc/audit-log';

/** For a migration: who reads all entries, and who removes old ones. Both roles exist already, and own nothing. */
export const migrationOf = (prisma: PrismaClient): string =>
  auditSql(prisma, {
    trackedModels: ['User', 'Post', 'Account'],
    sensitiveFields: ['password', 'token'],
    alwaysAuditedModels: ['Account'],
    auditorRoles: ['auditor'],
    prunerRoles: ['janitor'],
  });
// #endregion roles

// #region auditor
/** For the operator's own console: its client connects as `auditor`. */
export const auditorService = (prisma: PrismaClient, auditorPrisma: PrismaClient) =>
  AuditService.of(prisma, { auditorPrisma });

export async function everything(audit: AuditService): Promise<string[]> {
  const actions: string[] = [];
  for await (const { entries } of audit.scan({ allTenants: true })) actions.push(...entries.map((e) => e.action));
  return actions;
}
// #endregion auditor

let fixture: AuditorDatabase;
let prisma: AuditedClient;
beforeAll(async () => {
  const options = {
    trackedModels: ['User', 'Account'],
    ignoredModels: undefined,
    sensitiveFields: ['password', 'token'],
  };
  fixture = await createAuditorDatabase(options);
  prisma = createAudited(fixture.database.appUrl, options);
});
afterAll(async () => {
  await prisma.$disconnect();
  await fixture.drop();
});

const connect = (connectionString: string): PrismaClient =>
  new PrismaClient({ adapter: new PrismaPg({ connectionString }) });

it('names the roles in the migration', () => {
  const client = connect('postgresql://nowhere');
  const migration = migrationOf(client);
  expect(migration).toContain('TO "auditor"');
  expect(migration).toContain('TO "janitor"');
});

it('what is redacted says so, and whether it has changed', async () => {
  const audit = AuditService.of(prisma);
  const changes = await as('acme', async () => {
    // #region redacted
    const { id } = await prisma.account.create({
      data: { iban: 'DE00', password: 'secret', profile: { lang: 'de', token: 'x' } },
    });
    await prisma.account.update({ where: { id }, data: { password: 'other' } });
    const [updated, created] = await audit.history('Account', id);
    // #endregion redacted
    return [updated?.changes, created?.after];
  });
  expect(changes).toEqual([
    { password: { before: { redacted: true }, after: { redacted: true } } },
    expect.objectContaining({
      iban: { redacted: true },
      password: { redacted: true },
      profile: { lang: 'de', token: { redacted: true } },
    }),
  ]);
  const everywhere = JSON.stringify(await entriesOf(fixture.database));
  expect(everywhere).not.toMatch(/secret|other|DE00/);
});

it('auditors read all tenants, which is recorded, and others do not', async () => {
  await as('umbrella', () => prisma.user.create({ data: { email: 'x' } }));
  await settled(fixture.database);
  const auditor = connect(fixture.auditorUrl);
  const audit = auditorService(prisma, auditor);
  expect(await everything(audit)).toContain('User.created');
  expect((await entriesOf(fixture.database)).at(-1)).toMatchObject({
    action: 'Audit.readAllTenants',
    source: 'manual',
  });
  await expect(everything(AuditService.of(prisma))).rejects.toMatchObject({ code: 'AUDIT_AUDITOR_REQUIRED' });
  await auditor.$disconnect();
});

it('nobody changes entries, and the application cannot switch recording off', async () => {
  // #region append-only
  await expect(prisma.$executeRaw`UPDATE audit_logs SET actor_id = 'somebody else'`).rejects.toThrow();
  await expect(prisma.$executeRaw`ALTER TABLE users DISABLE TRIGGER ALL`).rejects.toThrow();
  // #endregion append-only
  await expect(asOwner(fixture.database, 'DELETE FROM audit_logs')).rejects.toMatchObject({ code: 'P0001' });
});
