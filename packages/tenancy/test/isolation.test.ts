import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CrossTenantWriteError } from '../src';
import { A, a1, a2, B, b1, ia1, ib1, IsolationFixture, inTenant } from './fixture/isolation-fixture';

describe.each([1, 5])('reads and writes through a pool of %i', (max) => {
  let fixture: IsolationFixture;
  let before: unknown;
  const ids = (rows: readonly { id: string }[]): string[] => rows.map(({ id }) => id).sort();

  beforeAll(async () => {
    fixture = await IsolationFixture.create(max);
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

  it('T-01 a tenant lists exactly its own rows', async () => {
    expect(ids(await fixture.as(A, () => fixture.prisma.customer.findMany()))).toEqual([a1, a2]);
    expect(ids(await fixture.as(B, () => fixture.prisma.customer.findMany()))).toEqual([b1]);
  });

  it('T-02 another tenant’s row is not found by any read', async () => {
    const { customer } = fixture.prisma;
    await fixture.as(A, async () => {
      expect(await customer.findUnique({ where: { id: b1 } })).toBeNull();
      expect(await customer.findFirst({ where: { id: b1 } })).toBeNull();
      await expect(customer.findUniqueOrThrow({ where: { id: b1 } })).rejects.toMatchObject({ code: 'P2025' });
      expect(await customer.count()).toBe(2);
      expect((await customer.aggregate({ _sum: { credit: true } }))._sum.credit).toBe(30);
      const groups = await customer.groupBy({ by: ['tenantId'], _count: true });
      expect(groups).toEqual([{ tenantId: A, _count: 2 }]);
    });
  });

  it('T-03 another tenant’s row is neither updated nor deleted', async () => {
    const { customer } = fixture.prisma;
    await fixture.as(A, async () => {
      const update = customer.update({ where: { id: b1 }, data: { credit: 0 } });
      await expect(update).rejects.toMatchObject({ code: 'P2025' });
      await expect(customer.delete({ where: { id: b1 } })).rejects.toMatchObject({ code: 'P2025' });
    });
  });

  it('T-04 bulk writes without a filter stop at the tenant', async () => {
    const { customer } = fixture.prisma;
    await fixture.as(A, async () => {
      expect(await customer.updateMany({ data: { credit: 1 } })).toEqual({ count: 2 });
      expect(await customer.deleteMany()).toEqual({ count: 2 });
    });
  });

  it('T-05 a row for another tenant is refused', async () => {
    const create = fixture.as(A, () => fixture.prisma.customer.create({ data: { email: 'x', tenantId: B } }));
    await expect(create).rejects.toBeInstanceOf(CrossTenantWriteError);
    await expect(create).rejects.toMatchObject({ code: 'CROSS_TENANT_WRITE', status: 403 });
    expect(await fixture.asAdmin("SELECT 1 FROM customers WHERE email = 'x'")).toEqual([]);
  });

  it('T-06 a row cannot be moved to another tenant', async () => {
    const { customer } = fixture.prisma;
    await fixture.as(A, async () => {
      const data = { tenantId: B };
      await expect(customer.update({ where: { id: a2 }, data })).rejects.toBeInstanceOf(CrossTenantWriteError);
      await expect(customer.updateMany({ where: { id: a2 }, data })).rejects.toBeInstanceOf(CrossTenantWriteError);
      const upsert = customer.upsert({ where: { id: a2 }, create: { email: 'y' }, update: data });
      await expect(upsert).rejects.toBeInstanceOf(CrossTenantWriteError);
    });
  });

  it('T-20 a lazy promise that is returned without await reads in the tenant it was made for', async () => {
    expect(ids(await fixture.as(A, () => fixture.prisma.customer.findMany()))).toEqual([a1, a2]);
  });

  it('T-21 a nested tenant is the one that counts', async () => {
    const rows = await fixture.as(A, () => fixture.as(B, () => fixture.prisma.customer.findMany()));
    expect(ids(rows)).toEqual([b1]);
  });

  it('T-22 a promise made for one tenant and awaited for another reads for the first', async () => {
    const lazy = inTenant(A, () => fixture.prisma.customer.findMany());
    expect(ids(await fixture.as(B, async () => await lazy))).toEqual([a1, a2]);
    const raw = inTenant(A, () => fixture.prisma.$queryRaw<{ id: string }[]>`SELECT id FROM customers`);
    expect(ids(await fixture.as(B, async () => await raw))).toEqual([a1, a2]);
    const fluent = inTenant(A, () => fixture.prisma.customer.findUnique({ where: { id: a1 } }).invoices());
    expect(ids((await fixture.as(B, async () => await fluent)) ?? [])).toEqual([ia1]);
  });

  it('T-22 a promise made outside of any tenant stays without one', async () => {
    const lazy = fixture.prisma.customer.findMany();
    await expect(fixture.as(B, async () => await lazy)).rejects.toMatchObject({ code: 'TENANT_CONTEXT_REQUIRED' });
  });

  it('T-23 work without a tenant sees no tenant’s rows', async () => {
    const rows = await fixture.as(A, () => fixture.tenancy.withoutTenant(() => fixture.prisma.customer.findMany()));
    expect(rows).toEqual([]);
    const raw = fixture.tenancy.withoutTenant(() => fixture.prisma.$queryRaw`SELECT 1 FROM customers`);
    expect(await raw).toEqual([]);
  });

  it('T-41 findUnique calls of one tick never get another tenant’s row and never lose their own', async () => {
    const find = (tenantId: string, id: string): Promise<{ id: string } | null> =>
      fixture.as(tenantId, () => fixture.prisma.customer.findUnique({ where: { id } }));
    const own = Array.from({ length: 1_000 }, () => [find(A, a1), find(B, b1)] as const);
    const foreign = Array.from({ length: 1_000 }, () => find(A, b1));
    for (const [a, b] of own) {
      expect((await a)?.id).toBe(a1);
      expect((await b)?.id).toBe(b1);
    }
    expect((await Promise.all(foreign)).filter((row) => row !== null)).toEqual([]);
  });

  it('T-41 the same holds for calls of one synchronous tick', async () => {
    const find = (tenantId: string, id: string): PromiseLike<{ id: string } | null> =>
      inTenant(tenantId, () => fixture.prisma.customer.findUnique({ where: { id } }));
    const rows = await Promise.all(
      Array.from({ length: 1_000 }, (_, n) => (n % 3 === 0 ? find(A, a1) : n % 3 === 1 ? find(B, b1) : find(A, b1))),
    );
    rows.forEach((row, n) => expect(row?.id).toBe([a1, b1, undefined][n % 3]));
  });

  it('T-42 the fluent API stays with its tenant', async () => {
    const invoices = (tenantId: string, id: string): Promise<{ id: string }[] | null> =>
      fixture.as(tenantId, () => fixture.prisma.customer.findUnique({ where: { id } }).invoices());
    const results = await Promise.all(
      Array.from({ length: 200 }, () => Promise.all([invoices(A, a1), invoices(B, b1), invoices(A, b1)])),
    );
    for (const [own, other, foreign] of results) {
      expect(ids(own ?? [])).toEqual([ia1]);
      expect(ids(other ?? [])).toEqual([ib1]);
      expect(foreign).toBeNull();
    }
  });

  it('T-40 10,000 alternating reads, 200 at a time, bring no foreign row and miss none', async () => {
    let next = 0;
    let wrong = 0;
    const reader = async (): Promise<void> => {
      while (next < 10_000) {
        const tenantId = next++ % 2 === 0 ? A : B;
        const rows = await fixture.as(tenantId, () => fixture.prisma.customer.findMany());
        const expected = tenantId === A ? 2 : 1;
        if (rows.length !== expected || rows.some((row) => row.tenantId !== tenantId)) wrong += 1;
      }
    };
    await Promise.all(Array.from({ length: 200 }, reader));
    expect(wrong).toBe(0);
  }, 120_000);
});
