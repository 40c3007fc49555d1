import { ModelMetadata } from '@nestarc/prisma';
import { PrismaPg } from 'adapter-pg-5';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPrismaTenancyExtension, CrossTenantWriteError, TenancyContextRequiredError } from '../src';
import { DIRECT_POOL } from './fixture/database-path';
import { PrismaClient } from './fixture/generated/client-5/wasm';
import { A, a1, a2, B, b1, IsolationFixture } from './fixture/isolation-fixture';

/** The engine is the one in WebAssembly: those in machine code take the same way, and cannot be had without a download. */
describe('Prisma 5.22', () => {
  let fixture: IsolationFixture;
  let pool: Pool;
  const connect = () =>
    new PrismaClient({ adapter: new PrismaPg(pool) }).$extends(
      createPrismaTenancyExtension(fixture.tenancy, { transport: 'transaction' }),
    );
  let prisma: ReturnType<typeof connect>;

  beforeAll(async () => {
    fixture = await IsolationFixture.create(DIRECT_POOL);
    await fixture.seed();
    pool = new Pool({ connectionString: fixture.database.appUrl, max: 2 });
    prisma = connect();
  });
  afterAll(async () => {
    await prisma.$disconnect();
    await pool.end();
    await fixture.close();
  });

  it('reads, includes and counts for the tenant', async () => {
    const rows = await fixture.as(A, () =>
      prisma.customer.findMany({ include: { invoices: true }, orderBy: { id: 'asc' } }),
    );
    expect(rows.map((row) => [row.id, row.invoices.length])).toEqual([
      [a1, 1],
      [a2, 0],
    ]);
    expect(await fixture.as(B, () => prisma.$queryRaw`SELECT id::text FROM customers`)).toEqual([{ id: b1 }]);
    expect(await fixture.as(A, () => prisma.customer.findUnique({ where: { id: b1 } }))).toBeNull();
  });

  it('carries the schema that keys and relations are read from', () => {
    const metadata = ModelMetadata.of(prisma);
    expect(metadata.names.map((name) => metadata.model(name)?.name)).toEqual(metadata.names);
    expect(metadata.model('Invoice')?.field('customer')?.relation?.fields).toEqual(['tenantId', 'customerId']);
  });

  it('sends nothing without a tenant, and refuses a write for another', async () => {
    await expect(prisma.customer.findMany()).rejects.toBeInstanceOf(TenancyContextRequiredError);
    const write = fixture.as(A, () => prisma.customer.create({ data: { email: 'x', tenantId: B } }));
    await expect(write).rejects.toBeInstanceOf(CrossTenantWriteError);
  });

  it('joins the caller’s transactions, and undoes all of one that fails', async () => {
    const failing = fixture.as(A, () =>
      prisma.$transaction(async (tx) => {
        await tx.customer.create({ data: { email: 'x@example.com' } });
        expect(await tx.customer.count()).toBe(3);
        throw new Error('changed my mind');
      }),
    );
    await expect(failing).rejects.toThrow('changed my mind');
    const array = fixture.as(A, () =>
      prisma.$transaction([
        prisma.customer.create({ data: { email: 'x@example.com' } }),
        prisma.customer.create({ data: { email: 'x@example.com' } }),
      ]),
    );
    await expect(array).rejects.toMatchObject({ code: 'P2002' });
    expect(await fixture.as(A, () => prisma.customer.count())).toBe(2);
  });
});
