import { UnprotectedJoinTableError } from '@nestarc/postgres';
import { PrismaPg } from '@prisma/adapter-pg';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPrismaTenancyExtension, type PrismaTenancyExtensionOptions } from '../src';
import { DIRECT_POOL } from './fixture/database-path';
import { PrismaClient } from './fixture/generated/client';
import { A, IsolationFixture } from './fixture/isolation-fixture';

describe.each(['pipelined', 'transaction'] as const)('an unprotected many-to-many table, transport %s', (transport) => {
  let fixture: IsolationFixture;

  beforeAll(async () => {
    fixture = await IsolationFixture.create(DIRECT_POOL);
    await fixture.seed();
  });
  beforeEach(async () => {
    await fixture.asAdmin('DROP POLICY IF EXISTS tenant_isolation ON "_InvoiceToTag"');
    await fixture.asAdmin('ALTER TABLE "_InvoiceToTag" DISABLE ROW LEVEL SECURITY');
  });
  afterAll(() => fixture.close());

  /** What a client that connects now reads from the table, as tenant A. */
  async function readLinks(options: PrismaTenancyExtensionOptions = {}): Promise<unknown> {
    const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: fixture.database.appUrl }) }).$extends(
      createPrismaTenancyExtension(fixture.tenancy, { transport, ...options }),
    ) as unknown as PrismaClient;
    try {
      return await fixture.as(A, () => prisma.$queryRaw`SELECT * FROM "_InvoiceToTag"`);
    } finally {
      await prisma.$disconnect();
    }
  }

  it('is refused before anything is read, with SQL that mends it', async () => {
    const error: unknown = await readLinks().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnprotectedJoinTableError);
    const { message } = error as UnprotectedJoinTableError;
    expect(error).toMatchObject({
      code: 'JOIN_TABLE_UNPROTECTED',
      message: expect.stringContaining('_InvoiceToTag') as string,
    });
    const owner = new Client({ connectionString: fixture.database.ownerUrl });
    await owner.connect();
    await owner.query(message.slice(message.indexOf('ALTER TABLE')));
    await owner.end();
    expect(await readLinks()).toHaveLength(1);
  });

  it('is let through on demand, and shows the links of all', async () => {
    expect(await readLinks({ dangerouslyAllowUnprotectedJoinTables: true })).toHaveLength(2);
  });

  it('is no matter where it links tables that are not under row-level security', async () => {
    const tables = ['invoices', 'tags'];
    for (const table of tables) await fixture.asAdmin(`ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY`);
    expect(await readLinks()).toHaveLength(2);
    for (const table of tables) await fixture.asAdmin(`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`);
  });
});
