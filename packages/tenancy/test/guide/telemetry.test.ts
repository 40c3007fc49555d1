import { Controller, Get, Module } from '@nestjs/common';
import { PLATFORMS, serveOn } from '@nestarc/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { instrument, OtelFixture } from '../telemetry/otel-fixture';
// #region telemetry
import { TenancyModule, TenancyTelemetryService } from '@nestarc/tenancy';
import { Injectable } from '@nestjs/common';

@Injectable()
export class Invoicing {
  constructor(private readonly telemetry: TenancyTelemetryService) {}

  /** A span of your own, marked with the tenant; it ends with the work, and records what that throws. */
  close(tenantId: string, month: string): Promise<string> {
    return this.telemetry.withTenantSpan('invoicing.close', tenantId, async (span) => {
      span?.setAttribute('invoicing.month', month);
      return `${tenantId} ${month}`;
    });
  }
}

@Module({
  imports: [TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id', telemetry: { createSpans: true } })],
  providers: [Invoicing],
  exports: [Invoicing],
})
export class InvoicingModule {}
// #endregion telemetry

@Controller('close')
class CloseController {
  constructor(private readonly invoicing: Invoicing) {}

  @Get()
  async close() {
    return { closed: await this.invoicing.close('acme', '2026-11') };
  }
}

@Module({ imports: [InvoicingModule], controllers: [CloseController] })
class CloseModule {}

describe.each(PLATFORMS)('OpenTelemetry as the guide sets it up, on %s', (platform) => {
  let otel: OtelFixture;
  beforeAll(() => {
    otel = new OtelFixture();
  });
  beforeEach(() => otel.reset());
  afterAll(() => otel.close());

  it('has spans of the tenant', async () => {
    await using app = await serveOn(platform, CloseModule, { configure: (nest) => void nest.use(instrument) });
    const response = await fetch(`${app.url}/close`, { headers: { 'x-tenant-id': 'acme' } });
    expect(await response.json()).toEqual({ closed: 'acme 2026-11' });
    for (const name of ['tenant.resolved', 'tenant.request', 'invoicing.close']) {
      expect(otel.span(name).attributes).toMatchObject({ 'tenant.id': 'acme' });
    }
    expect(otel.span('invoicing.close').attributes).toMatchObject({ 'invoicing.month': '2026-11' });
    expect(otel.span('invoicing.close').parentSpanContext?.spanId).toBe(
      otel.span('tenant.request').spanContext().spanId,
    );
  });
});
