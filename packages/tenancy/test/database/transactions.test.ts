import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TenantSwitchInTransactionError } from '../../src';
import { ALL_PATHS } from '../fixture/database-path';
import { A, B, b1, IsolationFixture, inTenant } from '../fixture/isolation-fixture';

describe.each(ALL_PATHS)('transactions through $name', (path) => {
  let fixture: IsolationFixture;
  let before: unknown;

  beforeAll(async () => {
    fixture = await IsolationFixture.create(path);
  });
  beforeEach(async () => {
    await fixture.seed();
    before = await fixture.snapshotOfB();
  });
  afterEach(async () => {
    expect(await fixture.snapshotOfB()).toEqual(before);
    for (const setting of await fixture.settingsLeftBehind()) expect(setting ?? '').toBe('');
  });
  afterAll(() => fixture.close());

  const countOfA = (): Promise<unknown> =>
    fixture.asAdmin('SELECT count(*)::int AS n FROM customers WHERE tenant_id = $1', [A]).then(([row]) => row);

  it('T-30 an interactive transaction that throws leaves nothing behind', async () => {
    const failing = fixture.as(A, () =>
      fixture.prisma.$transaction(async (tx) => {
        await tx.customer.create({ data: { email: 'rolled-back@example.com' } });
        throw new Error('changed my mind');
      }),
    );
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await countOfA()).toEqual({ n: 2 });
  });

  it('T-31 an array transaction is all or nothing', async () => {
    const { customer, invoice } = fixture.prisma;
    const failing = fixture.as(A, () =>
      fixture.prisma.$transaction([
        customer.create({ data: { email: 'first@example.com' } }),
        invoice.create({ data: { customerId: b1, countryCode: 'KR' } }),
      ]),
    );
    await expect(failing).rejects.toMatchObject({ code: 'P2003' });
    expect(await countOfA()).toEqual({ n: 2 });
  });

  it('T-32 a transaction reads its own writes, raw SQL included, and nobody else’s', async () => {
    await fixture.as(A, () =>
      fixture.prisma.$transaction(async (tx) => {
        await tx.customer.create({ data: { email: 'x@example.com' } });
        expect(await tx.customer.findMany()).toHaveLength(3);
        expect(await tx.$queryRaw`SELECT count(*)::int AS n FROM customers`).toEqual([{ n: 3 }]);
      }),
    );
    expect(await countOfA()).toEqual({ n: 3 });
  });

  it('a nested write is one transaction of the tenant', async () => {
    const customer = await fixture.as(A, () =>
      fixture.prisma.customer.create({
        data: { email: 'n@example.com', invoices: { create: { country: { connect: { code: 'US' } } } } },
        include: { invoices: true },
      }),
    );
    expect(customer.invoices.map((invoice) => invoice.tenantId)).toEqual([A]);
  });

  it('the tenant cannot change inside a transaction, which is rolled back', async () => {
    const switching = fixture.as(A, () =>
      fixture.prisma.$transaction(async (tx) => {
        await tx.customer.create({ data: { email: 'x@example.com' } });
        await fixture.as(B, () => tx.customer.findMany());
      }),
    );
    await expect(switching).rejects.toBeInstanceOf(TenantSwitchInTransactionError);
    const leaving = fixture.as(A, () =>
      fixture.prisma.$transaction(async (tx) => fixture.tenancy.withoutTenant(() => tx.customer.findMany())),
    );
    await expect(leaving).rejects.toBeInstanceOf(TenantSwitchInTransactionError);
    expect(await countOfA()).toEqual({ n: 2 });
  });

  it('an array transaction of two tenants is refused as a whole', async () => {
    const ofA = inTenant(A, () => fixture.prisma.customer.create({ data: { email: 'x@example.com' } }));
    const ofB = inTenant(B, () => fixture.prisma.customer.create({ data: { email: 'y@example.com' } }));
    const mixed = fixture.as(A, () => fixture.prisma.$transaction([ofA, ofB]));
    await expect(mixed).rejects.toBeInstanceOf(TenantSwitchInTransactionError);
    expect(await countOfA()).toEqual({ n: 2 });
  });

  it('transactions of two tenants at once never see each other', async () => {
    const work = (tenantId: string): Promise<number> =>
      fixture.as(tenantId, () =>
        fixture.prisma.$transaction(
          async (tx) => {
            const rows = await tx.customer.findMany();
            const [first] = rows;
            const again = await tx.customer.findUnique({ where: { id: first?.id ?? '' } });
            expect(again?.tenantId).toBe(tenantId);
            return rows.filter((row) => row.tenantId !== tenantId).length;
          },
          { maxWait: 20_000 },
        ),
      );
    const foreign = await Promise.all(Array.from({ length: 40 }, (_, n) => work(n % 2 === 0 ? A : B)));
    expect(foreign.every((count) => count === 0)).toBe(true);
  });
});
