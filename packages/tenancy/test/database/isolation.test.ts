import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { CrossTenantWriteError } from '../../src';
import { PIPELINED_PATHS } from '../fixture/database-path';
import { useGuardedFixture } from '../fixture/guarded-fixture';
import { A, a1, a2, B, b1, ia1, type IsolationFixture, inTenant } from '../fixture/isolation-fixture';

describe.each(PIPELINED_PATHS)('reads and writes through $name', (path) => {
  let fixture: IsolationFixture;
  const ids = (rows: readonly { id: string }[]): string[] => rows.map(({ id }) => id).sort();

  useGuardedFixture(path, (created) => (fixture = created));

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

  it('T-25 timers, listeners, streams, generators and what runs beside them see the tenant they were started in', async () => {
    const listOf = async (): Promise<string[]> => ids(await fixture.prisma.customer.findMany());
    const expected: Record<string, string[]> = { [A]: [a1, a2], [B]: [b1] };
    const emitter = new EventEmitter();
    const heard: Promise<string[]>[] = [];
    emitter.on('go', () => heard.push(listOf()));
    async function* rows(): AsyncGenerator<string[]> {
      yield await listOf();
      yield await listOf();
    }
    const inEveryWay = (tenantId: string): Promise<string[][]> =>
      fixture.as(tenantId, async () => {
        const later = new Promise<string[]>((resolve) => setTimeout(() => resolve(listOf()), 5));
        const lists: string[][] = [await later];
        for await (const list of rows()) lists.push(list);
        for await (const list of Readable.from(rows())) lists.push(list as string[]);
        emitter.emit('go');
        return [...lists, ...(await Promise.all([listOf(), listOf()]))];
      });
    const results = await Promise.all([A, B, A, B].map(async (id) => [id, await inEveryWay(id)] as const));
    for (const [id, lists] of results) expect(lists).toEqual(Array.from({ length: 7 }, () => expected[id]));
    // A listener runs in the context of whoever emits.
    expect((await Promise.all(heard)).map((list) => list.length).sort()).toEqual([1, 1, 2, 2]);
  });
});
