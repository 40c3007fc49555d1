import { serveOn } from '@nestarc/testing';
import { expect, it } from 'vitest';
import { A, a1, a2, IsolationFixture } from './fixture/isolation-fixture';
import { DIRECT_POOL } from './fixture/database-path';
import { Database, DATABASE_URL } from './http-fixture';
// #region example
import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { BypassTenancy, CurrentTenant, TenancyModule, TenancyService } from '@nestarc/tenancy';

@Injectable()
export class ReportService {
  constructor(
    private readonly tenancy: TenancyService,
    private readonly database: Database,
  ) {}

  /** A job has no request: it says whose work it does. */
  countFor(tenantId: string): Promise<number> {
    return this.tenancy.runAs(tenantId, () => this.database.client.customer.count());
  }
}

@Controller('customers')
export class CustomersController {
  constructor(private readonly database: Database) {}

  @Get()
  list(@CurrentTenant() tenantId: string) {
    return this.database.client.customer.findMany({ select: { id: true } }).then((rows) => ({ tenantId, rows }));
  }

  @BypassTenancy()
  @Get('health')
  health() {
    return { status: 'ok' };
  }
}
// #endregion example

it('serves the tenant, runs jobs for one, and leaves health checks alone', async () => {
  const fixture = await IsolationFixture.create(DIRECT_POOL);
  await fixture.seed();
  const url = { provide: DATABASE_URL, useValue: fixture.database.appUrl };
  let reports: ReportService | undefined;
  @Module({
    imports: [TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id' })],
    controllers: [CustomersController],
    providers: [Database, ReportService, url],
  })
  class AppModule {
    constructor(service: ReportService) {
      reports = service;
    }
  }
  const app = await serveOn('express', AppModule);
  const listing = await fetch(`${app.url}/customers`, { headers: { 'x-tenant-id': A } });
  expect(await listing.json()).toEqual({ tenantId: A, rows: [{ id: a1 }, { id: a2 }] });
  expect(await (await fetch(`${app.url}/customers/health`)).json()).toEqual({ status: 'ok' });
  expect(await reports?.countFor(A)).toBe(2);
  await app.close();
  await fixture.close();
});
