import { TenantContextMissingError, runWithContext } from '@nestarc/core';
import { CrossTenantWriteError, PrivilegedRoleError, TenantSwitchInTransactionError } from '@nestarc/postgres';
import { countRoundTrips, type RoundTripCounter, type TestDatabase } from '@nestarc/testing';
import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { attachContext, TransactionNotJoinableError } from '../src';
import { Prisma, PrismaClient } from './fixture/generated/client';
import { as, createNotesDatabase, tenant } from './fixture/notes';

let database: TestDatabase;
let counter: RoundTripCounter;
let prisma: PrismaClient;

const attached = (url: string): PrismaClient => {
  const client = new PrismaClient({ adapter: new PrismaPg({ connectionString: url, max: 2 }) });
  attachContext(client, { transport: 'transaction' });
  return client;
};

beforeAll(async () => {
  database = await createNotesDatabase();
  counter = await countRoundTrips(database.appUrl);
  prisma = attached(counter.url);
  await as('a', () => prisma.note.create({ data: { body: 'of a' } }));
  await as('b', () => prisma.note.create({ data: { body: 'of b' } }));
});
beforeEach(() => counter.reset());
afterAll(async () => {
  await prisma.$disconnect();
  await counter.close();
  await database.drop();
});

const bodies = (rows: readonly { body: string }[]): string[] => rows.map(({ body }) => body);

describe('a client whose connections are not ours', () => {
  it('sets the context ahead of each operation, in four round trips', async () => {
    expect(bodies(await as('a', () => prisma.note.findMany()))).toEqual(['of a']);
    expect(counter.count).toBe(4);
  });

  it('sets the context once in a transaction, and nothing for the operations in it', async () => {
    await as('a', () =>
      prisma.$transaction(async (tx) => {
        for (let n = 0; n < 5; n++) expect(bodies(await tx.note.findMany())).toEqual(['of a']);
      }),
    );
    expect(counter.count).toBe(1 + 1 + 5 + 1);
  });

  it('sets the context once in an array transaction', async () => {
    const results = await as('b', () =>
      prisma.$transaction([prisma.note.count(), prisma.$queryRaw`SELECT body FROM notes`]),
    );
    expect(results).toEqual([1, [{ body: 'of b' }]]);
    expect(counter.count).toBe(1 + 1 + 2 + 1);
  });

  it('sends nothing without a tenant', async () => {
    await expect(prisma.note.findMany()).rejects.toBeInstanceOf(TenantContextMissingError);
    await expect(prisma.$transaction([prisma.note.findMany()])).rejects.toBeInstanceOf(TenantContextMissingError);
    await expect(prisma.$transaction((tx) => tx.note.findMany())).rejects.toBeInstanceOf(TenantContextMissingError);
    expect(counter.bytesSent).toBe(0);
  });

  it('runs in the tenant of the call, whoever awaits', async () => {
    const lazy = runWithContext(tenant('a'), () => prisma.note.findMany());
    expect(bodies(await as('b', async () => await lazy))).toEqual(['of a']);
    const { id } = await as('a', () => prisma.note.findFirstOrThrow());
    const find = (tenantId: string): Promise<unknown> => as(tenantId, () => prisma.note.findUnique({ where: { id } }));
    const found = await Promise.all(['a', 'b', 'a', 'b'].map(find));
    expect(found.map((row) => row !== null)).toEqual([true, false, true, false]);
  });

  it('keeps its tenant after a rollback to a savepoint', async () => {
    await as('a', () =>
      prisma.$transaction(async (tx) => {
        await tx.$executeRaw`SAVEPOINT s`;
        await tx.note.create({ data: { body: 'undone' } });
        await tx.$executeRaw`ROLLBACK TO SAVEPOINT s`;
        expect(bodies(await tx.note.findMany())).toEqual(['of a']);
      }),
    );
  });

  it('refuses another tenant inside a transaction, and a transaction it did not begin', async () => {
    const switching = as('a', () => prisma.$transaction((tx) => as('b', () => tx.note.findMany())));
    await expect(switching).rejects.toBeInstanceOf(TenantSwitchInTransactionError);
    const operation = runWithContext(tenant('a'), () => prisma.note.count()) as unknown as {
      requestTransaction(transaction: object): Promise<unknown>;
    };
    const foreign = runWithContext(tenant('a'), () => operation.requestTransaction({ kind: 'itx', id: 'unknown' }));
    await expect(foreign).rejects.toBeInstanceOf(TransactionNotJoinableError);
  });

  it('leaves nothing of a transaction that fails, and reports writes for others by type', async () => {
    const failing = as('a', () =>
      prisma.$transaction([
        prisma.note.create({ data: { body: 'x' } }),
        prisma.note.create({ data: { body: 'y', tenantId: 'b' } }),
      ]),
    );
    await expect(failing).rejects.toBeInstanceOf(CrossTenantWriteError);
    const raw = as('a', () => prisma.$executeRaw`INSERT INTO notes (body, tenant_id) VALUES ('z', 'b')`);
    await expect(raw).rejects.toBeInstanceOf(CrossTenantWriteError);
    expect(await as('a', () => prisma.note.count())).toBe(1);
  });

  it('still reports an operation that is none in Prisma’s words', async () => {
    await expect(as('a', () => prisma.note.findMany({ where: { nothing: 1 } as never }))).rejects.toMatchObject({
      name: 'PrismaClientValidationError',
    });
    await expect(as('a', () => prisma.$transaction([1] as never))).rejects.toThrow('Prisma Client promises');
    expect(await as('a', () => prisma.$transaction([]))).toEqual([]);
    expect(await as('a', () => prisma.note.count())).toBe(1);
  });

  it('refuses a role above row-level security with the first operation', async () => {
    for (const url of [database.adminUrl, database.ownerUrl]) {
      const client = attached(url);
      await expect(as('a', () => client.note.count())).rejects.toBeInstanceOf(PrivilegedRoleError);
      await expect(as('a', () => client.$transaction((tx) => tx.note.count()))).rejects.toBeInstanceOf(
        PrivilegedRoleError,
      );
      await client.$disconnect();
    }
  });

  // Prisma 6 takes these limits from the client's `transactionOptions` alone.
  it.runIf(Prisma.prismaVersion.client.startsWith('7'))('lets an operation take as long as it takes', async () => {
    const slow = Array.from({ length: 6 }, () => as('a', () => prisma.$queryRaw`SELECT pg_sleep(1)::text`));
    expect(await Promise.all(slow)).toHaveLength(6);
  });
});
