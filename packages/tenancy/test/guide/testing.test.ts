import { Injectable } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIRECT_POOL } from '../fixture/database-path';
import { A, B, IsolationFixture } from '../fixture/isolation-fixture';

@Injectable()
class GreetingService {
  constructor(private readonly tenancy: TenancyService) {}

  greet(): string {
    return `Welcome to ${this.tenancy.getCurrentTenantOrThrow()}`;
  }
}
// #region provider
import { TenancyService } from '@nestarc/tenancy';
import { expectTenantIsolation, TestTenancyModule, withTenant } from '@nestarc/tenancy/testing';
import { Test } from '@nestjs/testing';

it('greets the tenant', async () => {
  const module = await Test.createTestingModule({
    imports: [TestTenancyModule.register()],
    providers: [GreetingService],
  }).compile();
  const greetings = module.get(GreetingService);
  expect(await withTenant('acme', () => greetings.greet())).toBe('Welcome to acme');
  expect(() => greetings.greet()).toThrow('No tenant context available');
  await module.close();
});
// #endregion provider

describe('on a database', () => {
  let fixture: IsolationFixture;
  beforeAll(async () => {
    fixture = await IsolationFixture.create(DIRECT_POOL);
    await fixture.seed();
  });
  afterAll(() => fixture.close());

  it('two tenants do not reach each other’s rows', async () => {
    const { prisma } = fixture;
    // #region isolation
    await expectTenantIsolation(prisma.customer, A, B);
    // #endregion isolation
    await fixture.asAdmin('ALTER TABLE customers DISABLE ROW LEVEL SECURITY');
    await expect(expectTenantIsolation(prisma.customer, A, B)).rejects.toMatchObject({
      code: 'TENANT_ISOLATION_BROKEN',
    });
  });
});
