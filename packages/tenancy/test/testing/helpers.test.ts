import { currentContext } from '@nestarc/core';
import { ContextPool } from '@nestarc/postgres';
import { Test } from '@nestjs/testing';
import { PrismaPg } from '@prisma/adapter-pg';
import type { TestDatabase } from '@nestarc/testing';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createPrismaTenancyExtension,
  InvalidTenantIdError,
  TENANCY_MODULE_OPTIONS,
  TenancyService,
  type TenancyModuleOptions,
} from '../../src';
import { expectTenantIsolation, TestTenancyModule, withTenant } from '../../src/testing';
import { PrismaClient } from '../fixture/generated/client';
import { A, B, IsolationFixture, inTenant, tenancyService } from '../fixture/isolation-fixture';
import { DIRECT_POOL } from '../fixture/database-path';

describe('TestTenancyModule', () => {
  it('provides the service and its options, to every module, with nothing of HTTP', async () => {
    const module = await Test.createTestingModule({ imports: [TestTenancyModule.register()] }).compile();
    expect(module.get(TENANCY_MODULE_OPTIONS)).toMatchObject({ dbSettingKey: 'app.current_tenant' });
    const service = module.get(TenancyService);
    expect(await service.runAs('acme', () => service.getCurrentTenant())).toBe('acme');
    expect(await service.withoutTenant(() => service.isTenantBypassed())).toBe(true);
    await module.close();
  });

  it('takes the options of TenancyModule, and refuses wrong ones by their path', async () => {
    const options: TenancyModuleOptions = { tenantExtractor: 'X-Org', dbSettingKey: 'app.org' };
    const module = await Test.createTestingModule({ imports: [TestTenancyModule.register(options)] }).compile();
    expect(module.get(TenancyService).options.dbSettingKey).toBe('app.org');
    expect(() => TestTenancyModule.register({ dbSettingKey: 'search_path' })).toThrow('dbSettingKey');
    await module.close();
  });
});

describe('withTenant', () => {
  it('runs as the tenant, and keeps what is known of the request', async () => {
    expect(await withTenant('ACME', () => currentContext()?.tenantId)).toBe('acme');
    expect(await withTenant('acme', () => withTenant('umbrella', () => currentContext()?.tenantId))).toBe('umbrella');
    expect(currentContext()).toBeUndefined();
    await expect(withTenant('a b', () => 1)).rejects.toBeInstanceOf(InvalidTenantIdError);
  });

  it('goes by the rule of the given service', async () => {
    const imports = [TestTenancyModule.register({ validateTenantId: () => true })];
    const module = await Test.createTestingModule({ imports }).compile();
    const tenancy = module.get(TenancyService);
    expect(await withTenant('Acme Corp', () => currentContext()?.tenantId, tenancy)).toBe('Acme Corp');
    await module.close();
  });
});

describe('on an isolated client', () => {
  let fixture: IsolationFixture;
  beforeAll(async () => {
    fixture = await IsolationFixture.create(DIRECT_POOL);
  });
  beforeEach(() => fixture.seed());
  afterAll(() => fixture.close());

  it('withTenant awaits a lazy promise in the tenant, also inside another one', async () => {
    const nested = withTenant(A, () => withTenant(B, () => fixture.prisma.customer.findMany()));
    expect((await nested).map((row) => row.tenantId)).toEqual([B]);
  });

  it('expectTenantIsolation passes for both tenants and changes nothing', async () => {
    const before = await fixture.asAdmin('SELECT * FROM customers ORDER BY id');
    await expectTenantIsolation(fixture.prisma.customer, A, B);
    await expectTenantIsolation(fixture.prisma.invoice, B, A, { tenantIdField: 'tenantId' });
    await expectTenantIsolation(fixture.prisma.invoice, B, A, { tenancy: fixture.tenancy });
    expect(await fixture.asAdmin('SELECT * FROM customers ORDER BY id')).toEqual(before);
  });

  it.each([
    ['of one tenant', 'DELETE FROM customers WHERE tenant_id = $1', [B], `no rows as ${B}`],
    [
      'of both',
      'DELETE FROM customers WHERE tenant_id <> $1',
      ['00000000-0000-0000-0000-000000000000'],
      `${A} and ${B}`,
    ],
  ])('expectTenantIsolation does not pass on no rows %s', async (_which, remove, values, message) => {
    await fixture.asAdmin(remove, values);
    const checked = expectTenantIsolation(fixture.prisma.customer, A, B);
    await expect(checked).rejects.toMatchObject({ code: 'TENANT_ISOLATION_UNPROVEN' });
    await expect(checked).rejects.toThrow(message);
  });

  it('expectTenantIsolation does not pass where rows do not tell whose they are', async () => {
    const checked = expectTenantIsolation(fixture.prisma.customer, A, B, { tenantIdField: 'org' });
    await expect(checked).rejects.toMatchObject({ code: 'TENANT_ISOLATION_UNPROVEN' });
    await expect(checked).rejects.toThrow('no field "org", only id, tenantId, email, credit');
  });

  it('expectTenantIsolation does not pass for one tenant twice, or a model that cannot be read', async () => {
    await expect(expectTenantIsolation(fixture.prisma.customer, A, A)).rejects.toThrow('the same');
    const failing = { findMany: () => Promise.reject(new Error('no such table')) };
    const checked = expectTenantIsolation(failing, A, B);
    await expect(checked).rejects.toMatchObject({ code: 'TENANT_ISOLATION_UNPROVEN' });
    await expect(checked).rejects.toThrow('no such table');
  });
});

describe('expectTenantIsolation fails', () => {
  let fixture: IsolationFixture;
  beforeEach(async () => {
    fixture = await IsolationFixture.create(DIRECT_POOL);
    await fixture.seed();
  });
  afterEach(() => fixture.close());

  const failure = (model: PrismaClient['customer']): Promise<{ code?: string; message: string }> =>
    expectTenantIsolation(model, A, B).then(
      () => ({ message: 'it passed' }),
      (error: { code: string; message: string }) => error,
    );

  it.each([
    ['without row-level security', 'ALTER TABLE customers NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY'],
    ['with a policy of USING (true)', 'ALTER POLICY tenant_isolation ON customers USING (true)'],
  ])('on a table %s, naming how many rows of whom', async (_case, sql) => {
    await fixture.asAdmin(sql);
    const { code, message } = await failure(fixture.prisma.customer);
    expect(code).toBe('TENANT_ISOLATION_BROKEN');
    expect(message).toContain(`findMany() as ${A} gave 1 of 3 rows that belong to ${B}`);
  });

  it('on a client whose role stands above row-level security', async () => {
    const pool = new ContextPool({ connectionString: fixture.database.adminUrl, max: 2 });
    const prisma = new PrismaClient({ adapter: new PrismaPg(pool) }).$extends(
      createPrismaTenancyExtension(tenancyService(), { dangerouslyAllowPrivilegedRole: true }),
    ) as unknown as PrismaClient;
    const { message } = await failure(prisma.customer);
    expect(message).toContain(`gave 1 of 3 rows that belong to ${B}`);
    await prisma.$disconnect();
    await pool.end();
  });

  it('on a client that reads the tenant when the promise is awaited, not when it is made', async () => {
    await using client = await clientOfAwait(fixture.database);
    expect(await withTenant(A, () => client.prisma.customer.findMany())).toHaveLength(2);
    const lazy = inTenant(A, () => client.prisma.customer.findMany());
    expect(await withTenant(B, async () => await lazy)).toHaveLength(1);
    const { code, message } = await failure(client.prisma.customer);
    expect(code).toBe('TENANT_ISOLATION_BROKEN');
    expect(message).toContain(`called as ${A} and awaited as ${B} gave 1 of 1 rows`);
  });

  it('on a client that scopes reads only', async () => {
    const unscoped = new Client({ connectionString: fixture.database.adminUrl });
    await unscoped.connect();
    const { customer } = fixture.prisma;
    const model = {
      findMany: customer.findMany,
      updateMany: async () => {
        const { rowCount } = await unscoped.query('UPDATE customers SET credit = credit WHERE tenant_id = $1', [B]);
        return { count: rowCount ?? 0 };
      },
    };
    const checked = expectTenantIsolation(model, A, B);
    await expect(checked).rejects.toThrow(`updateMany() as ${A} reached 1 rows of ${B}`);
    await unscoped.end();
  });
});

/** A client that isolates as many applications do by hand: a transaction for each operation, made when it is awaited. */
async function clientOfAwait(database: TestDatabase): Promise<{ prisma: PrismaClient } & AsyncDisposable> {
  const base = new PrismaClient({ adapter: new PrismaPg({ connectionString: database.appUrl, max: 5 }) });
  const prisma = base.$extends({
    query: {
      async $allOperations({ args, query }) {
        const tenantId = currentContext()?.tenantId ?? '';
        const set = base.$executeRaw`SELECT set_config('app.current_tenant', ${tenantId}, true)`;
        const [, result] = await base.$transaction([set, query(args) as typeof set]);
        return result as unknown;
      },
    },
  }) as unknown as PrismaClient;
  return { prisma, [Symbol.asyncDispose]: () => base.$disconnect() };
}
