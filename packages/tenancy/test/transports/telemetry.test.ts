import { Module } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { context, propagation } from '@opentelemetry/api';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { TenancyModule } from '../../src';
import { OtelFixture } from '../telemetry/otel-fixture';
import { serveWs, WsClient } from './ws-fixture';

@WebSocketGateway({ path: '/ws' })
class SeenGateway {
  @SubscribeMessage('seen')
  seen() {
    const tenant = propagation.getBaggage(context.active())?.getEntry('tenant.id')?.value;
    return { event: 'seen', data: { tenant } };
  }
}

@Module({
  imports: [TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id', telemetry: { createSpans: true, baggage: true } })],
  providers: [SeenGateway],
})
class AppModule {}

let otel: OtelFixture;
beforeAll(() => void (otel = new OtelFixture()));
afterEach(() => otel.reset());
afterAll(() => otel.close());

it('messages of a gateway have a span and baggage of their tenant, although global interceptors stand outside of its context', async () => {
  const app = await serveWs('express', AppModule);
  const client = await WsClient.open(app.url, '/ws', { 'x-tenant-id': 'a' });
  expect(await client.ask('seen')).toEqual({ event: 'seen', data: { tenant: 'a' } });
  expect(otel.span('tenant.request').attributes).toEqual({ 'tenant.id': 'a' });
  await client.close();
  await app.close();
});
