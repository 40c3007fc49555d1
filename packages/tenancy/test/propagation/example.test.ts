import { currentContext } from '@nestarc/core';
import { PLATFORMS, type ServedApp, serveOn } from '@nestarc/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// #region envelope
import { createTenantEnvelope } from '@nestarc/tenancy';

const envelope = createTenantEnvelope({
  // The first key seals, every one opens: put a new one first once every service knows it, and drop the old one after.
  keys: [
    { id: '2025-11', secret: process.env['TENANT_ENVELOPE_SECRET'] ?? 'at least 32 bytes, shared by the services' },
  ],
  audience: 'billing',
});
// #endregion envelope
// #region caller
import { Injectable } from '@nestjs/common';
import { HttpTenantPropagator, TenancyContext } from '@nestarc/tenancy';

@Injectable()
export class BillingClient {
  private readonly tenant: HttpTenantPropagator;

  constructor(context: TenancyContext) {
    this.tenant = new HttpTenantPropagator(context, { envelope, required: true });
  }

  async invoices(baseUrl: string): Promise<unknown> {
    const response = await fetch(`${baseUrl}/invoices`, { headers: this.tenant.getHeaders() });
    return response.json();
  }
}
// #endregion caller
// #region called
import { Controller, Get, Module } from '@nestjs/common';
import { CurrentTenant, envelopeProof, TenancyModule } from '@nestarc/tenancy';

@Controller('invoices')
export class InvoicesController {
  @Get()
  list(@CurrentTenant() tenantId: string) {
    return { tenantId, actor: currentContext()?.actor };
  }
}

@Module({
  imports: [TenancyModule.forRoot({ proof: envelopeProof(envelope) })],
  controllers: [InvoicesController],
})
export class BillingModule {}
// #endregion called
// #region queue
import { BullTenantPropagator, KafkaTenantPropagator } from '@nestarc/tenancy';

export class Orders {
  private readonly bull: BullTenantPropagator;
  private readonly kafka: KafkaTenantPropagator;

  constructor(private readonly context: TenancyContext) {
    this.bull = new BullTenantPropagator(context, { envelope });
    this.kafka = new KafkaTenantPropagator(context, { envelope });
  }

  /** What goes into the queue, and onto the topic. */
  placed(orderId: number) {
    return {
      job: this.bull.inject({ orderId }),
      message: this.kafka.inject({ value: JSON.stringify({ orderId }) }),
    };
  }

  /** The worker: no tenant, no work. */
  async process<T>(data: { orderId: number }, work: () => Promise<T>): Promise<T> {
    const tenantId = this.bull.extract(data);
    if (tenantId === null) throw new Error('The job names no tenant');
    return this.context.run(tenantId, work);
  }
}
// #endregion queue

describe.each(PLATFORMS)('the services of the README, on %s', (platform) => {
  let billing: ServedApp;

  beforeAll(async () => {
    billing = await serveOn(platform, BillingModule);
  });
  afterAll(() => billing.close());

  it('know the tenant of their caller', async () => {
    const context = new TenancyContext();
    const client = new BillingClient(context);
    expect(await context.run('acme', () => client.invoices(billing.url))).toMatchObject({ tenantId: 'acme' });
    await expect(client.invoices(billing.url)).rejects.toMatchObject({ code: 'TENANT_CONTEXT_MISSING' });
  });
});

it('the jobs of the README run as the tenant that placed the order', async () => {
  const context = new TenancyContext();
  const orders = new Orders(context);
  const { job, message } = context.run('acme', () => orders.placed(7));
  expect(await orders.process(job, () => Promise.resolve(context.getTenantId()))).toBe('acme');
  expect(message.value).toBe('{"orderId":7}');
  await expect(orders.process({ orderId: 7 }, () => Promise.resolve(1))).rejects.toThrow('names no tenant');
  await expect(
    orders.process({ orderId: 7, __tenantId: 'acme' } as never, () => Promise.resolve(1)),
  ).rejects.toMatchObject({
    code: 'TENANT_PROOF_INVALID',
  });
});
