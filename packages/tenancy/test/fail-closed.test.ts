import { ContextPool } from '@nestarc/postgres';
import { countRoundTrips, type RoundTripCounter } from '@nestarc/testing';
import { PrismaPg } from '@prisma/adapter-pg';
import { makeTypedQueryFactory } from '@prisma/client/runtime/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPrismaTenancyExtension, TenancyContextRequiredError, TenantContextMissingError } from '../src';
import { A, a1, IsolationFixture, tenancyService } from './fixture/isolation-fixture';
import { DIRECT_POOL } from './fixture/database-path';
import { PrismaClient } from './fixture/generated/client';

describe.each([1, 5])('without a tenant, through a pool of %i', (max) => {
  let fixture: IsolationFixture;
  let counter: RoundTripCounter;
  let pool: ContextPool;
  let prisma: PrismaClient;

  beforeAll(async () => {
    fixture = await IsolationFixture.create(DIRECT_POOL);
    await fixture.seed();
    counter = await countRoundTrips(fixture.database.appUrl);
    pool = new ContextPool({ connectionString: counter.url, max });
    const service = tenancyService();
    prisma = new PrismaClient({ adapter: new PrismaPg(pool) }).$extends(
      createPrismaTenancyExtension(service, { sharedModels: ['Country'] }),
    ) as unknown as PrismaClient;
    await service.runAs(A, () => prisma.customer.count());
  });
  beforeEach(() => counter.reset());
  afterAll(async () => {
    await prisma.$disconnect();
    await pool.end();
    await counter.close();
    await fixture.close();
  });

  const typedQuery = makeTypedQueryFactory('SELECT 1 AS one');
  const operations: Record<string, () => PromiseLike<unknown>> = {
    'Customer.findMany': () => prisma.customer.findMany(),
    'Customer.findUnique': () => prisma.customer.findUnique({ where: { id: a1 } }),
    'Customer.create': () => prisma.customer.create({ data: { email: 'x' } }),
    'Customer.updateMany': () => prisma.customer.updateMany({ data: { credit: 0 } }),
    'Customer.count': () => prisma.customer.count(),
    $queryRaw: () => prisma.$queryRaw`SELECT 1`,
    $executeRaw: () => prisma.$executeRaw`UPDATE customers SET credit = 0`,
    $queryRawUnsafe: () => prisma.$queryRawUnsafe('SELECT 1'),
    $executeRawUnsafe: () => prisma.$executeRawUnsafe('UPDATE customers SET credit = 0'),
    $queryRawTyped: () => prisma.$queryRawTyped(typedQuery() as never),
    'Customer.findMany ': () => prisma.$transaction([prisma.customer.findMany()]),
  };

  it.each(Object.entries(operations))('T-24 %s is refused and nothing is sent', async (name, call) => {
    const error: unknown = await call().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(TenancyContextRequiredError);
    const [model, operation] = name.trim().startsWith('$') ? [undefined, name] : name.trim().split('.');
    expect(error).toMatchObject({ model, operation, code: 'TENANT_CONTEXT_REQUIRED' });
    expect(counter.bytesSent).toBe(0);
  });

  it('T-24 an interactive transaction is refused and nothing is sent', async () => {
    const work = prisma.$transaction((tx) => tx.customer.findMany());
    await expect(work).rejects.toBeInstanceOf(TenantContextMissingError);
    expect(counter.bytesSent).toBe(0);
  });

  it('a shared model is read all the same', async () => {
    expect(await prisma.country.count()).toBe(2);
  });

  it('one operation is one round trip, with a tenant', async () => {
    const service = tenancyService();
    const read = (): Promise<unknown> => service.runAs(A, () => prisma.customer.findMany());
    await read();
    counter.reset();
    await read();
    expect(counter.count).toBe(1);
  });

  it('an operation takes as many round trips as without the extension', async () => {
    const unscopedUrl = new URL(fixture.database.adminUrl);
    unscopedUrl.port = new URL(counter.url).port;
    const bare = new PrismaClient({ adapter: new PrismaPg({ connectionString: unscopedUrl.href, max }) });
    const service = tenancyService();
    const work = (client: PrismaClient): readonly (() => PromiseLike<unknown>)[] => [
      () => client.customer.findFirst({ where: { id: a1 } }),
      () => client.$queryRaw`SELECT 1`,
      () => client.$executeRaw`UPDATE customers SET credit = credit`,
      () => client.customer.updateMany({ data: { credit: 5 } }),
      () => client.customer.update({ where: { id: a1 }, data: { credit: 5 } }),
      () => client.customer.findMany({ include: { invoices: true } }),
    ];
    const roundTrips = async (client: PrismaClient): Promise<number[]> => {
      await service.runAs(A, () => client.customer.count());
      const counts: number[] = [];
      for (const operation of work(client)) {
        counter.reset();
        await service.runAs(A, operation);
        counts.push(counter.count);
      }
      return counts;
    };
    expect(await roundTrips(prisma)).toEqual(await roundTrips(bare));
    await bare.$disconnect();
  });

  it('findUnique calls of one tick and one tenant become one round trip', async () => {
    const service = tenancyService();
    await service.runAs(A, () =>
      Promise.all(Array.from({ length: 5 }, () => prisma.customer.findUnique({ where: { id: a1 } }))),
    );
    expect(counter.count).toBe(1);
  });

  it('five operations in a transaction are five round trips, BEGIN with the tenant, and COMMIT', async () => {
    const service = tenancyService();
    await service.runAs(A, () =>
      prisma.$transaction(async (tx) => {
        for (let n = 0; n < 5; n++) await tx.customer.findMany();
      }),
    );
    expect(counter.count).toBe(7);
  });
});
