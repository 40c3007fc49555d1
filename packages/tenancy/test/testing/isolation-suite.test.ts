import { isolationCases, isolationSuite, type IsolationSuiteOptions } from '@nestarc/testing';
import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPrismaTenancyExtension } from '../../src';
import { PrismaClient } from '../fixture/generated/client';
import { type DatabasePath, DIRECT_PATHS, DIRECT_POOL } from '../fixture/database-path';
import { A, B, IsolationFixture, tenancyService } from '../fixture/isolation-fixture';

const READ_ONLY = 'REVOKE INSERT, UPDATE, DELETE ON countries FROM ';
const email = (): string => `${process.hrtime.bigint()}@example.com`;

// #region prisma
/** Data of a row with everything above it that it hangs on. */
const customerData = () => ({ email: email() });
const invoiceData = () => ({ customer: { create: customerData() }, country: { connect: { code: 'KR' } } });
const lineData = () => ({ text: 'line', invoice: { create: invoiceData() } });
const discountData = () => ({ percent: 5, line: { create: lineData() } });

const suiteOn = (fixture: () => IsolationFixture): IsolationSuiteOptions<PrismaClient> => ({
  client: () => fixture().prisma,
  pool: () => fixture().pool,
  tenants: [A, B],
  models: {
    Customer: { create: (prisma) => prisma.customer.create({ data: customerData() }) },
    Invoice: { create: (prisma) => prisma.invoice.create({ data: invoiceData() }) },
    Line: { create: (prisma) => prisma.line.create({ data: lineData() }) },
    Discount: { create: (prisma) => prisma.discount.create({ data: discountData() }) },
    Reason: { create: (prisma) => prisma.reason.create({ data: { text: 'x', discount: { create: discountData() } } }) },
    Tag: { create: (prisma) => prisma.tag.create({ data: { name: email() } }) },
  },
  shared: ['Country'],
});
// #endregion prisma

async function prepared(path: DatabasePath = DIRECT_POOL): Promise<IsolationFixture> {
  const fixture = await IsolationFixture.create(path);
  await fixture.seed();
  await fixture.asAdmin(READ_ONLY + new URL(fixture.database.appUrl).username);
  return fixture;
}

describe.each(DIRECT_PATHS)('the isolation suite on an attached Prisma client with $name', (path) => {
  let fixture: IsolationFixture;
  beforeAll(async () => {
    fixture = await prepared(path);
  });
  afterAll(() => fixture.close());
  isolationSuite({ ...suiteOn(() => fixture), runner: { describe, it } });
});

describe('the isolation suite fails', () => {
  const failuresOf = async (options: IsolationSuiteOptions<PrismaClient>): Promise<Record<string, string>> => {
    const failures: Record<string, string> = {};
    for (const { name, run } of isolationCases(options)) {
      await run().catch((error: Error) => (failures[name] = error.message));
    }
    return failures;
  };

  it('on a table without row-level security, by every way of reading it', async () => {
    const fixture = await prepared();
    await fixture.asAdmin('ALTER TABLE customers DISABLE ROW LEVEL SECURITY');
    const failures = await failuresOf(suiteOn(() => fixture));
    expect(failures).toMatchObject({
      'Customer: a tenant reads exactly its own rows': expect.stringContaining(`that belong to ${B}`) as unknown,
      'Customer: look-ups by key of one tick stay apart': expect.stringContaining(
        "100 of 100 look-ups of one tick in customers found another tenant's row",
      ) as unknown,
      'Customer: a row of another tenant cannot be inserted': expect.stringContaining('succeeds') as unknown,
    });
    await fixture.close();
  });

  it('with the words of the error, where the role stands above row-level security', async () => {
    const fixture = await prepared();
    const refusing = new PrismaClient({
      adapter: new PrismaPg({ connectionString: fixture.database.adminUrl }),
    }).$extends(createPrismaTenancyExtension(tenancyService())) as unknown as PrismaClient;
    const options = { ...suiteOn(() => fixture), client: () => refusing };
    const failures = Object.values(await failuresOf(options));
    expect(failures.length).toBeGreaterThan(20);
    for (const message of failures) expect(message).toContain('is a superuser');
    await refusing.$disconnect();
    await fixture.close();
  });

  it('on a client that merges look-ups of different tenants', async () => {
    const fixture = await prepared();
    const { customer } = fixture.prisma;
    // Each look-up gets what the one before it in its tick asked for, as a batch across contexts may.
    let last: Promise<unknown> = Promise.resolve(null);
    const findUnique = (args: never): Promise<unknown> => {
      const answer = last;
      last = Promise.resolve(customer.findUnique(args));
      return answer;
    };
    const mixed = new Proxy(fixture.prisma, {
      get: (target, property) =>
        property === 'customer'
          ? { findMany: customer.findMany, findUnique, create: customer.create }
          : (Reflect.get(target, property) as unknown),
    });
    const failures = await failuresOf({ ...suiteOn(() => fixture), client: () => mixed });
    expect(failures).toEqual({
      'Customer: look-ups by key of one tick stay apart': expect.stringMatching(
        /\d+ of 100 look-ups of one tick/,
      ) as unknown,
    });
    await fixture.close();
  });
});
