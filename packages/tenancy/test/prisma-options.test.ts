import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { InvalidOptionsError } from '@nestarc/core';
import { createPrismaTenancyExtension, CrossTenantWriteError, type PrismaTenancyExtensionOptions } from '../src';
import { PrismaClient } from './fixture/generated/client';
import { A, a1, B, IsolationFixture, tenancyService } from './fixture/isolation-fixture';
import { DIRECT_POOL } from './fixture/database-path';

describe('options of createPrismaTenancyExtension', () => {
  const apply = (options: object): unknown =>
    new PrismaClient({ adapter: new PrismaPg('postgres://nobody@127.0.0.1:1/none') }).$extends(
      createPrismaTenancyExtension(tenancyService(), options as PrismaTenancyExtensionOptions),
    );

  it.each([
    [{ sharedModels: ['Country', 'Cuontry'] }, 'sharedModels[1]'],
    [{ autoInjectTenantId: true, tenantIdField: 'org_id' }, 'tenantIdField'],
    [{ failClosed: 'yes' }, 'failClosed'],
    [{ faleClosed: true }, 'faleClosed'],
    [{ dbSettingKey: "x', true); --" }, 'dbSettingKey'],
  ])('%j are refused at boot, naming the option', (options, path) => {
    expect(() => apply(options)).toThrow(path);
    expect(() => apply(options)).toThrow(InvalidOptionsError);
  });

  it('of the published package are all accepted', () => {
    const all = {
      dbSettingKey: 'app.org',
      autoInjectTenantId: true,
      tenantIdField: 'tenantId',
      sharedModels: ['Country'],
      failClosed: true,
      interactiveTransactionSupport: true,
    };
    expect(() => apply(all)).not.toThrow();
  });
});

describe('autoInjectTenantId', () => {
  let fixture: IsolationFixture;
  beforeAll(async () => {
    fixture = await IsolationFixture.create(DIRECT_POOL, { autoInjectTenantId: true });
    await fixture.asAdmin('ALTER TABLE customers ALTER COLUMN tenant_id DROP DEFAULT');
  });
  beforeEach(() => fixture.seed());
  afterAll(() => fixture.close());

  it('writes the tenant where the database has no default, found by the name of the column', async () => {
    const { customer } = fixture.prisma;
    await fixture.as(A, async () => {
      expect(await customer.create({ data: { email: '1' } })).toMatchObject({ tenantId: A });
      expect(await customer.createMany({ data: [{ email: '2' }, { email: '3' }] })).toEqual({ count: 2 });
      expect(await customer.createMany({ data: { email: '4' } })).toEqual({ count: 1 });
      expect(await customer.createManyAndReturn({ data: [{ email: '5' }] })).toMatchObject([{ tenantId: A }]);
      const where = { tenantId_email: { tenantId: A, email: '6' } };
      expect(await customer.upsert({ where, create: { email: '6' }, update: {} })).toMatchObject({ tenantId: A });
    });
  });

  it('refuses data that names another tenant, and leaves the caller’s data alone', async () => {
    const { customer } = fixture.prisma;
    const data = Object.freeze({ email: 'x', tenantId: B });
    await fixture.as(A, async () => {
      await expect(customer.create({ data })).rejects.toBeInstanceOf(CrossTenantWriteError);
      await expect(customer.createMany({ data: [{ email: 'y' }, data] })).rejects.toBeInstanceOf(CrossTenantWriteError);
      const upsert = customer.upsert({ where: { id: a1 }, create: { email: 'z' }, update: { tenantId: { set: B } } });
      await expect(upsert).rejects.toBeInstanceOf(CrossTenantWriteError);
      expect(await customer.count()).toBe(2);
    });
    const mine = Object.freeze({ email: 'mine' });
    expect(await fixture.as(A, () => customer.create({ data: mine }))).toMatchObject({ tenantId: A });
    expect(mine).toEqual({ email: 'mine' });
  });
});

describe('failClosed: false', () => {
  it('lets work without a tenant run, which sees no tenant’s rows', async () => {
    const fixture = await IsolationFixture.create(DIRECT_POOL, { failClosed: false });
    await fixture.seed();
    // The pool of the fixture is strict by itself; the stock adapter takes the option along.
    const prisma = new PrismaClient({ adapter: new PrismaPg(fixture.database.appUrl) }).$extends(
      createPrismaTenancyExtension(fixture.tenancy, { failClosed: false }),
    ) as unknown as PrismaClient;
    expect(await prisma.customer.findMany()).toEqual([]);
    expect(await prisma.country.count()).toBe(2);
    expect(await prisma.$transaction((tx) => tx.customer.count())).toBe(0);
    expect(await fixture.as(A, () => prisma.customer.count())).toBe(2);
    await prisma.$disconnect();
    await fixture.close();
  });
});
