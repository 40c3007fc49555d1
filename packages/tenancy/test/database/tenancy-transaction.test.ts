import { InvalidOptionsError, TenantContextMissingError } from '@nestarc/core';
import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tenancyTransaction } from '../../src';
import { DIRECT_POOL } from '../fixture/database-path';
import { PrismaClient } from '../fixture/generated/client';
import { useGuardedFixture } from '../fixture/guarded-fixture';
import { A, a1, type IsolationFixture } from '../fixture/isolation-fixture';

describe('tenancyTransaction', () => {
  let fixture: IsolationFixture;
  let bare: PrismaClient;
  useGuardedFixture(DIRECT_POOL, (ready) => (fixture = ready));
  beforeAll(() => {
    bare = new PrismaClient({ adapter: new PrismaPg({ connectionString: fixture.database.appUrl, max: 1 }) });
  });
  afterAll(() => bare.$disconnect());

  const clients = [
    ['a client with the extension', () => fixture.prisma],
    ['a client without the extension', () => bare],
  ] as const;

  describe.each(clients)('with %s', (_name, client) => {
    const run = <T>(work: (tx: Parameters<Parameters<PrismaClient['$transaction']>[0]>[0]) => Promise<T>): Promise<T> =>
      fixture.as(A, () => tenancyTransaction(client(), fixture.tenancy, work));

    it('shows the tenant its own rows, and lets it write them', async () => {
      const rows = await run(async (tx) => {
        await tx.customer.update({ where: { id: a1 }, data: { credit: 5 } });
        return tx.customer.findMany();
      });
      expect(rows).toHaveLength(2);
      expect(await fixture.asAdmin('SELECT credit FROM customers WHERE id = $1', [a1])).toEqual([{ credit: 5 }]);
    });

    it('takes everything back when the work throws', async () => {
      const work = run(async (tx) => {
        await tx.customer.create({ data: { id: crypto.randomUUID(), email: 'gone@example.com' } });
        throw new Error('no');
      });
      await expect(work).rejects.toThrow('no');
      expect(await fixture.asAdmin("SELECT 1 FROM customers WHERE email = 'gone@example.com'")).toEqual([]);
    });

    it('passes on the isolation level', async () => {
      const level = await fixture.as(A, () =>
        tenancyTransaction(
          client(),
          fixture.tenancy,
          (tx) => tx.$queryRaw<[{ level: string }]>`SELECT current_setting('transaction_isolation') AS level`,
          { isolationLevel: 'Serializable', timeout: 10_000, maxWait: 10_000 },
        ),
      );
      expect(level[0].level).toBe('serializable');
    });

    it('sends nothing without a tenant', async () => {
      let reached = false;
      const work = tenancyTransaction(client(), fixture.tenancy, async () => {
        reached = true;
      });
      await expect(work).rejects.toBeInstanceOf(TenantContextMissingError);
      expect(reached).toBe(false);
    });
  });

  it('refuses a setting that is none', async () => {
    const work = fixture.as(A, () =>
      tenancyTransaction(bare, fixture.tenancy, () => Promise.resolve(), { dbSettingKey: 'search_path' }),
    );
    await expect(work).rejects.toBeInstanceOf(InvalidOptionsError);
  });
});
