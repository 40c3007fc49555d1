import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestDatabase } from '@nestarc/testing';
import { createNotesDatabase } from './fixture/notes';
import { PrismaClient } from './fixture/generated/client';
// #region example
import { createContext, parseTenantId, runWithContext } from '@nestarc/core';
import { attachContext } from '@nestarc/prisma';
import { PrismaPg } from '@prisma/adapter-pg';

export function createClient(connectionString: string): PrismaClient {
  const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString }) });
  attachContext(prisma);
  return prisma;
}

export const listNotes = (prisma: PrismaClient, tenant: string) =>
  runWithContext(createContext({ tenantId: parseTenantId(tenant) }), () =>
    // Returned without await, and still read for this tenant: the context of the call counts, not that of the await.
    prisma.note.findMany({ select: { body: true } }),
  );
// #endregion example

let database: TestDatabase;
beforeAll(async () => {
  database = await createNotesDatabase();
});
afterAll(() => database.drop());

it('reads for the tenant of the call', async () => {
  const prisma = createClient(database.appUrl);
  const acme = createContext({ tenantId: parseTenantId('acme') });
  await runWithContext(acme, async () => await prisma.note.create({ data: { body: 'of acme' } }));
  expect(await listNotes(prisma, 'acme')).toEqual([{ body: 'of acme' }]);
  expect(await listNotes(prisma, 'umbrella')).toEqual([]);
  await prisma.$disconnect();
});
