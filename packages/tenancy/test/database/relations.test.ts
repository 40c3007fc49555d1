import { describe, expect, it } from 'vitest';
import { CrossTenantWriteError } from '../../src';
import { ALL_PATHS } from '../fixture/database-path';
import { useGuardedFixture } from '../fixture/guarded-fixture';
import { A, a1, a2, B, b1, ia1, ib1, type IsolationFixture, ta, tb } from '../fixture/isolation-fixture';

/** Prisma has a code for "the row to change is not there" and one for "a row to connect is not there". */
const NOT_FOUND = { code: expect.stringMatching(/^P20(25|18)$/) as string };

describe.each(ALL_PATHS)('relations and uniqueness through $name', (path) => {
  let fixture: IsolationFixture;

  useGuardedFixture(path, (created) => (fixture = created));

  const asA = <T>(work: () => T | PromiseLike<T>): Promise<T> => fixture.as(A, work);
  const rejection = (work: Promise<unknown>): Promise<Error> =>
    work.then(
      () => expect.unreachable('was not refused'),
      (error: Error) => error,
    );

  it('T-07 an upsert on another tenant’s id is refused, and does not tell that the id is taken there', async () => {
    const { customer } = fixture.prisma;
    const error = await rejection(
      asA(() => customer.upsert({ where: { id: b1 }, create: { id: b1, email: 'x' }, update: { email: 'x' } })),
    );
    expect(error.message).not.toContain(B);
    expect(error.message).not.toContain('b1@example.com');
  });

  it('T-08 an upsert on a key that another tenant has too makes a row of one’s own', async () => {
    const { customer } = fixture.prisma;
    const where = { tenantId_email: { tenantId: A, email: 'b1@example.com' } };
    const row = await asA(() =>
      customer.upsert({ where, create: { email: 'b1@example.com' }, update: { credit: -1 } }),
    );
    expect(row).toMatchObject({ tenantId: A, email: 'b1@example.com', credit: 0 });
  });

  it('T-08 an upsert on the key of another tenant is refused', async () => {
    const where = { tenantId_email: { tenantId: B, email: 'b1@example.com' } };
    const create = { email: 'b1@example.com', tenantId: B };
    const work = asA(() => fixture.prisma.customer.upsert({ where, create, update: { credit: -1 } }));
    await expect(work).rejects.toBeInstanceOf(CrossTenantWriteError);
  });

  it('T-09 a value that another tenant has is free', async () => {
    const row = await asA(() => fixture.prisma.customer.create({ data: { email: 'b1@example.com' } }));
    expect(row.tenantId).toBe(A);
  });

  it('T-10 one row for another tenant among many leaves none', async () => {
    const data = [{ email: 'x' }, { email: 'y', tenantId: B }];
    await expect(asA(() => fixture.prisma.customer.createMany({ data }))).rejects.toBeInstanceOf(CrossTenantWriteError);
    expect(await asA(() => fixture.prisma.customer.count())).toBe(2);
  });

  it('T-11 writes that return rows return only one’s own', async () => {
    const { customer } = fixture.prisma;
    const created = await asA(() => customer.createManyAndReturn({ data: [{ email: 'x' }, { email: 'y' }] }));
    expect(created.map((row) => row.tenantId)).toEqual([A, A]);
    const updated = await asA(() => customer.updateManyAndReturn({ data: { credit: 1 } }));
    expect(updated.map((row) => row.tenantId)).toEqual([A, A, A, A]);
  });

  it('T-12 five levels of nested create carry the tenant with no tenant in the data', async () => {
    const reasons = { create: { text: 'because' } };
    const discounts = { create: { percent: 5, reasons } };
    const lines = { create: { text: 'line', discounts } };
    const invoices = { create: { country: { connect: { code: 'KR' } }, lines } };
    const include = { invoices: { include: { lines: { include: { discounts: { include: { reasons: true } } } } } } };
    const customer = await asA(() =>
      fixture.prisma.customer.create({ data: { email: 'deep@example.com', invoices }, include }),
    );
    const [invoice] = customer.invoices;
    const discount = invoice?.lines[0]?.discounts[0];
    const rows = [customer, invoice, invoice?.lines[0], discount, discount?.reasons[0]];
    expect(rows.map((row) => row?.tenantId)).toEqual([A, A, A, A, A]);
  });

  it('T-13 a foreign key to another tenant’s row is refused like one to a row that is not there', async () => {
    const { invoice } = fixture.prisma;
    const toForeign = asA(() => invoice.create({ data: { customerId: b1, countryCode: 'KR' } }));
    const toNothing = asA(() => invoice.create({ data: { customerId: ia1, countryCode: 'KR' } }));
    const [foreign, nothing] = [await rejection(toForeign), await rejection(toNothing)];
    expect(foreign).toMatchObject({ code: 'P2003' });
    const lastLine = ({ message }: Error): string | undefined => message.split('\n').at(-1);
    expect(lastLine(foreign)).toBe(lastLine(nothing));
    const moved = asA(() => invoice.update({ where: { id: ia1 }, data: { customerId: b1 } }));
    await expect(moved).rejects.toMatchObject({ code: 'P2003' });
    expect(await asA(() => invoice.count())).toBe(1);
  });

  it('T-14 nested writes do not reach another tenant’s row', async () => {
    const { invoice, customer } = fixture.prisma;
    const where = { id: a1 };
    const update = (invoices: object): Promise<unknown> => asA(() => customer.update({ where, data: { invoices } }));
    const create = { countryCode: 'KR' };
    const data = { countryCode: 'KR', customer: { connect: { id: b1 } } };
    await expect(asA(() => invoice.create({ data } as never))).rejects.toBeInstanceOf(Error);
    await expect(update({ connect: { id: ib1 } })).rejects.toMatchObject(NOT_FOUND);
    await expect(update({ delete: { id: ib1 } })).rejects.toBeInstanceOf(Error);
    await expect(update({ update: { where: { id: ib1 }, data: { amount: 0 } } })).rejects.toMatchObject(NOT_FOUND);
    await update({ updateMany: { where: {}, data: { amount: 6 } } });
    await update({ deleteMany: { id: ib1 } });
    const upsert = { upsert: { where: { id: ib1 }, create: { id: ib1, ...create }, update: { amount: 0 } } };
    await expect(update(upsert)).rejects.toBeInstanceOf(Error);
    const connectOrCreate = { connectOrCreate: { where: { id: ib1 }, create: { id: ib1, ...create } } };
    await expect(update(connectOrCreate)).rejects.toBeInstanceOf(Error);
    expect(await asA(() => invoice.findMany())).toMatchObject([{ id: ia1, amount: 6, customerId: a1 }]);
  });

  it('T-15 a link to another tenant’s row is refused, and the join table shows only one’s own links', async () => {
    const { prisma } = fixture;
    const link = (tag: string): Promise<unknown> =>
      asA(() => prisma.invoice.update({ where: { id: ia1 }, data: { tags: { connect: { id: tag } } } }));
    await expect(link(tb)).rejects.toMatchObject(NOT_FOUND);
    const raw = asA(() => prisma.$executeRaw`INSERT INTO "_InvoiceToTag" VALUES (${ia1}::uuid, ${tb}::uuid)`);
    await expect(raw).rejects.toBeInstanceOf(CrossTenantWriteError);
    expect(await asA(() => prisma.$queryRaw`SELECT "B" FROM "_InvoiceToTag"`)).toEqual([{ B: ta }]);
    expect(await fixture.tenancy.withoutTenant(() => prisma.$executeRaw`DELETE FROM "_InvoiceToTag"`)).toBe(0);
    expect(await asA(() => prisma.$executeRaw`DELETE FROM "_InvoiceToTag"`)).toBe(1);
    await link(ta);
    const invoice = await asA(() => prisma.invoice.findUnique({ where: { id: ia1 }, include: { tags: true } }));
    expect(invoice?.tags.map((tag) => tag.id)).toEqual([ta]);
  });

  it('T-16 a deletion cascades within the tenant', async () => {
    await asA(() => fixture.prisma.customer.delete({ where: { id: a1 } }));
    expect(await asA(() => fixture.prisma.invoice.count())).toBe(0);
    expect(await fixture.as(B, () => fixture.prisma.invoice.count())).toBe(1);
  });

  it('T-17 tenant rows included through a shared table are exactly the tenant’s', async () => {
    const countries = await asA(() =>
      fixture.prisma.country.findMany({ include: { invoices: true, _count: true }, orderBy: { code: 'asc' } }),
    );
    expect(countries.map((country) => country.invoices.map((invoice) => invoice.id))).toEqual([[ia1], []]);
    expect(countries.map((country) => country._count.invoices)).toEqual([1, 0]);
  });

  it.each(['join', 'query'] as const)(
    'T-43 the same holds where relations are loaded by %s',
    async (relationLoadStrategy) => {
      const { country, customer } = fixture.prisma;
      const countries = await asA(() => country.findMany({ relationLoadStrategy, include: { invoices: true } }));
      expect(countries.flatMap((row) => row.invoices.map((invoice) => invoice.id))).toEqual([ia1]);
      const include = { invoices: { include: { tags: true, country: true } } };
      const customers = await asA(() => customer.findMany({ relationLoadStrategy, include, orderBy: { id: 'asc' } }));
      const tags = customers.flatMap((row) => row.invoices.flatMap((invoice) => invoice.tags.map((tag) => tag.id)));
      expect([customers.map((row) => row.id), tags]).toEqual([[a1, a2], [ta]]);
      const foreign = await asA(() => customer.findUnique({ relationLoadStrategy, where: { id: b1 }, include }));
      expect(foreign).toBeNull();
    },
  );

  it('T-18 a shared table is read-only', async () => {
    const { country } = fixture.prisma;
    const denied = { code: 'INSUFFICIENT_PRIVILEGE', status: 403 };
    const [code, name] = ['KR', 'x'];
    await expect(asA(() => country.update({ where: { code }, data: { name } }))).rejects.toMatchObject(denied);
    await expect(asA(() => country.create({ data: { code: 'XX', name } }))).rejects.toMatchObject(denied);
    await expect(asA(() => country.delete({ where: { code: 'US' } }))).rejects.toMatchObject(denied);
    await expect(asA(() => country.deleteMany())).rejects.toMatchObject(denied);
  });

  it('T-19 filters, counts, orders and cursors find nothing of another tenant', async () => {
    const { invoice, customer } = fixture.prisma;
    await asA(async () => {
      expect(await invoice.findMany({ where: { customer: { is: { email: 'b1@example.com' } } } })).toEqual([]);
      expect(await customer.findMany({ where: { invoices: { some: { id: ib1 } } } })).toEqual([]);
      const counted = await customer.findMany({ include: { _count: true }, orderBy: { invoices: { _count: 'desc' } } });
      expect(counted.map((row) => [row.id, row._count.invoices])).toEqual([
        [a1, 1],
        [a2, 0],
      ]);
      expect(await customer.findMany({ cursor: { id: b1 }, orderBy: { id: 'asc' } })).toEqual([]);
    });
  });

  it('an update by a filter on the tenant column changes no other tenant’s row', async () => {
    const { customer } = fixture.prisma;
    expect(await asA(() => customer.updateMany({ where: { tenantId: B }, data: { credit: 0 } }))).toEqual({ count: 0 });
    expect(await asA(() => customer.deleteMany({ where: { tenantId: { not: A } } }))).toEqual({ count: 0 });
  });
});
