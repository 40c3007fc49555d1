import { Injectable } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIRECT_POOL } from '../fixture/database-path';
import { A, B, IsolationFixture } from '../fixture/isolation-fixture';
import { Database as PrismaService } from '../http-fixture';
// #region jobs
import { TenancyService, type TenantRunReport } from '@nestarc/tenancy';

@Injectable()
export class NightlyReports {
  constructor(
    private readonly tenancy: TenancyService,
    private readonly prisma: PrismaService,
  ) {}

  /** Work for one tenant: a job, a webhook, a command. */
  countFor(tenantId: string): Promise<number> {
    return this.tenancy.runAs(tenantId, () => this.prisma.client.customer.count());
  }

  /** Work for nobody in particular: row-level security shows it shared tables only. */
  countries(): Promise<number> {
    return this.tenancy.withoutTenant(() => this.prisma.client.country.count());
  }

  /** Work for all of them, four at a time; one that fails does not keep the others from theirs. */
  async countAll(tenantIds: Iterable<string> | AsyncIterable<string>): Promise<TenantRunReport<number>> {
    const report = await this.tenancy.forEachTenant(tenantIds, () => this.prisma.client.customer.count(), {
      concurrency: 4,
      signal: AbortSignal.timeout(60_000),
    });
    for (const { tenantId, error } of report.failed) console.error(`No report for ${tenantId}`, error);
    return report;
  }
}
// #endregion jobs

describe('the jobs of the guide', () => {
  let fixture: IsolationFixture;
  let reports: NightlyReports;
  beforeAll(async () => {
    fixture = await IsolationFixture.create(DIRECT_POOL);
    await fixture.seed();
    reports = new NightlyReports(fixture.tenancy, { client: fixture.prisma });
  });
  afterAll(() => fixture.close());

  it('work for one tenant, for none, and for all', async () => {
    expect(await Promise.all([reports.countFor(A), reports.countFor(B)])).toEqual([2, 1]);
    expect(await reports.countries()).toBe(2);
    const report = await reports.countAll([A, B]);
    expect(report).toMatchObject({ complete: true, failed: [] });
    expect(new Map(report.succeeded.map(({ tenantId, value }) => [tenantId, value]))).toEqual(
      new Map([
        [A, 2],
        [B, 1],
      ]),
    );
  });

  it('report who failed, and finish the others', async () => {
    const { error } = console;
    const lines: unknown[] = [];
    console.error = (line: unknown) => void lines.push(line);
    const report = await reports.countAll(['not an id!', B]).finally(() => (console.error = error));
    expect(report.failed).toMatchObject([{ tenantId: 'not an id!', error: { code: 'TENANT_ID_INVALID' } }]);
    expect(report.succeeded).toEqual([{ tenantId: B, value: 1 }]);
    expect(lines).toEqual(['No report for not an id!']);
  });
});
