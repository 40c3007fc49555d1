import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOAD_PATHS } from '../fixture/database-path';
import { A, a1, B, b1, ia1, ib1, IsolationFixture, inTenant } from '../fixture/isolation-fixture';

describe.each(LOAD_PATHS)('under load, through $name', (path) => {
  let fixture: IsolationFixture;
  const ids = (rows: readonly { id: string }[]): string[] => rows.map(({ id }) => id).sort();

  beforeAll(async () => {
    fixture = await IsolationFixture.create(path);
    await fixture.seed();
  });
  afterAll(() => fixture.close());

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
