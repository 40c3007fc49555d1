import type { TestDatabase } from '@nestarc/testing';
import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AuditLogModule, createAuditExtension, type AuditExtensionOptions } from '@nestarc/audit-log';
import { createAuditedDatabase } from '../fixture/database';
import { PrismaClient } from '../fixture/generated/client';
import { createGuideWorld, type GuideWorld } from './guide-world';

const Prisma = {};

// #region extension-before
export const extensionBefore = (): AuditExtensionOptions => ({
  consistency: 'atomic-required',
  trackedModels: ['User', 'Post'],
  sensitiveFields: ['password'],
  primaryKey: { User: 'id' },
  databaseMapping: { User: { tableName: 'users' } },
  prismaModule: Prisma,
});
// #endregion extension-before

// #region extension-after
export const extensionAfter = (): AuditExtensionOptions => ({
  trackedModels: ['User', 'Post'],
  sensitiveFields: ['password'],
});
// #endregion extension-after

// #region module-before
export const moduleBefore = (basePrisma: PrismaClient) =>
  AuditLogModule.forRoot({
    prisma: basePrisma,
    actorExtractor: (request) => ({ id: request.user?.id ?? null, type: 'user', ip: request.ip }),
    tenantRequired: true,
    sensitiveFields: ['password'],
  });
// #endregion module-before

// #region module-after
export const moduleAfter = (prisma: PrismaClient) =>
  AuditLogModule.forRoot({
    prisma, // the extended client, or the service that holds it
    actorExtractor: ({ user, ip }) => ({ id: user?.id ?? null, type: 'user', ip }),
    sensitiveFields: ['password'],
  });
// #endregion module-after

let world: GuideWorld;
let plain: TestDatabase;
beforeAll(async () => {
  world = await createGuideWorld();
  plain = await createAuditedDatabase({ trackedModels: ['User', 'Post'], sensitiveFields: ['password'] });
});
afterAll(async () => {
  await world.close();
  await plain.drop();
});

it('options of version 0.4 still work, and say the same', async () => {
  for (const options of [extensionBefore(), extensionAfter()]) {
    const base = new PrismaClient({ adapter: new PrismaPg({ connectionString: plain.appUrl }) });
    const prisma = base.$extends(createAuditExtension(options));
    await world.inRequest(() => prisma.user.deleteMany());
    await prisma.$disconnect();
  }
  const schema = new PrismaClient({ adapter: new PrismaPg({ connectionString: 'postgresql://nowhere' }) });
  for (const module of [moduleBefore(schema), moduleAfter(schema)]) expect(module).toHaveProperty('global', true);
});

it.each([
  ['consistency', 'best-effort'],
  ['batchOverflow', 'summary'],
  ['maxBatchRecords', 10],
  ['logFailures', true],
  ['experimentalTxAudit', true],
  ['tenantResolver', () => 'a'],
])('%s: %s is refused, by name', (option, value) => {
  expect(() => createAuditExtension({ ...extensionAfter(), [option]: value })).toThrow(
    expect.objectContaining({ code: 'OPTIONS_INVALID', problems: [expect.objectContaining({ path: option })] }),
  );
});

it('a transaction within another is part of it, and so is an entry that was not given the client', async () => {
  const { prisma, audit } = world;
  const undone = world.inRequest(
    () =>
      // #region nested
      prisma.withAuditTransaction(async () => {
        // Both used to be refused, or to be there although the rest was rolled back.
        await prisma.withAuditTransaction((tx) => tx.user.create({ data: { email: 'ada@acme.example' } }));
        await audit.log({ action: 'mail.sent' });
        throw new Error('on second thought');
      }),
    // #endregion nested
  );
  await expect(undone).rejects.toThrow('on second thought');
  await world.inRequest(async () => {
    expect((await audit.query()).entries).toEqual([]);
    expect(await prisma.user.count()).toBe(0);
  });
});
