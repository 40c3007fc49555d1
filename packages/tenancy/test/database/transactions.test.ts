import { describe, expect, it } from 'vitest';
import { TenantSwitchInTransactionError } from '../../src';
import { ALL_PATHS } from '../fixture/database-path';
import { useGuardedFixture } from '../fixture/guarded-fixture';
import { A, a1, a2, B, b1, type IsolationFixture, inTenant } from '../fixture/isolation-fixture';
import type { Prisma } from '../fixture/generated/client';

type Transaction = Prisma.TransactionClient;
type PrismaPromise = Prisma.PrismaPromise<unknown>;

describe.each(ALL_PATHS)('transactions through $name', (path) => {
  let fixture: IsolationFixture;

  useGuardedFixture(path, (created) => (fixture = created));

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

  it('T-33 the tenant cannot change inside a transaction, which is rolled back', async () => {
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

  const failures: Record<string, (tx: Transaction) => PromiseLike<unknown>> = {
    'a violated constraint': (tx) => tx.customer.create({ data: { email: 'a1@example.com' } }),
    'a statement that runs too long': async (tx) => {
      await tx.$executeRaw`SELECT set_config('statement_timeout', '20ms', true)`;
      await tx.$executeRaw`SELECT pg_sleep(5)`;
    },
    'a backend that is terminated': (tx) => tx.$executeRaw`SELECT pg_terminate_backend(pg_backend_pid())`,
  };

  it.each(Object.entries(failures))(
    'T-34 %s undoes the transaction, and the next tenant finds its own rows',
    async (_, fail) => {
      const failing = fixture.as(A, () =>
        fixture.prisma.$transaction(async (tx) => {
          await tx.customer.create({ data: { email: 'x@example.com' } });
          await fail(tx);
        }),
      );
      await expect(failing).rejects.toBeInstanceOf(Error);
      for (let n = 0; n < path.max; n++) {
        const rows = await fixture.as(B, () => fixture.prisma.customer.findMany());
        expect(rows.map((row) => row.id)).toEqual([b1]);
      }
      expect(await countOfA()).toEqual({ n: 2 });
    },
  );

  it('T-36 isolation levels are those that were asked for, in interactive and array transactions', async () => {
    const { prisma } = fixture;
    const levels = { ReadCommitted: 'read committed', RepeatableRead: 'repeatable read', Serializable: 'serializable' };
    for (const [isolationLevel, shown] of Object.entries(levels)) {
      const options = { isolationLevel: isolationLevel as keyof typeof levels };
      const show = (client: Pick<Transaction, '$queryRaw'>): PrismaPromise =>
        client.$queryRaw`SELECT current_setting('transaction_isolation') AS level`;
      const interactive = fixture.as(A, () => prisma.$transaction((tx) => show(tx), options));
      const array = fixture.as(A, () => prisma.$transaction([show(prisma), prisma.customer.count()], options));
      expect(await interactive).toEqual([{ level: shown }]);
      expect(await array).toEqual([[{ level: shown }], 2]);
    }
  });

  it('T-36 a transaction that takes too long is P2028 and undone', async () => {
    const slow = fixture.as(A, () =>
      fixture.prisma.$transaction(
        async (tx) => {
          await tx.customer.create({ data: { email: 'x@example.com' } });
          await new Promise((resolve) => setTimeout(resolve, 200));
          await tx.customer.count();
        },
        { timeout: 100 },
      ),
    );
    await expect(slow).rejects.toMatchObject({ code: 'P2028' });
    expect(await countOfA()).toEqual({ n: 2 });
  });

  it('T-38 as many transactions as the pool has connections finish, with three operations each', async () => {
    const transaction = (n: number): Promise<number> =>
      fixture.as(n % 2 === 0 ? A : B, () =>
        fixture.prisma.$transaction(async (tx) => {
          await tx.customer.findFirst();
          await tx.invoice.findFirst();
          return tx.customer.count();
        }),
      );
    const counts = await Promise.all(Array.from({ length: path.max }, (_, n) => transaction(n)));
    expect(counts).toEqual(counts.map((_, n) => (n % 2 === 0 ? 2 : 1)));
  });

  it('T-39 an extension that answers by itself is heard, and so is the database behind it', async () => {
    const answering = fixture.prisma.$extends({
      query: {
        customer: {
          findFirst: () => Promise.resolve({ id: 'cached' }),
          delete: ({ query }) => query({ where: { id: a2 } }),
        },
      },
    });
    await fixture.as(A, async () => {
      expect(await answering.customer.findFirst()).toEqual({ id: 'cached' });
      expect(await answering.customer.delete({ where: { id: a1 } })).toMatchObject({ id: a2 });
      const both = await answering.$transaction([answering.customer.count(), answering.customer.count()]);
      expect(both).toEqual([1, 1]);
      await answering.$transaction(async (tx) => {
        expect(await tx.customer.findFirst()).toEqual({ id: 'cached' });
        expect(await tx.customer.count()).toBe(1);
      });
    });
  });
});
