import { currentContext } from '@nestarc/core';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Args, GraphQLModule, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import { findProgram, PLATFORMS, requireProgram, serveOn } from '@nestarc/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { PubSub } from 'graphql-subscriptions';
import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { post, Subscriber } from '../transports/graphql-fixture';
import { NatsCaller, serveNats } from '../transports/nats-fixture';
import { startNats } from '../transports/nats-server';
import { serveWs, WsClient } from '../transports/ws-fixture';
// #region gateway
import { CurrentTenant, TenantConnections } from '@nestarc/tenancy';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';

@WebSocketGateway({ path: '/orders' })
export class OrdersGateway {
  constructor(private readonly connections: TenantConnections) {}

  /** Runs for the tenant of the connection; whatever tenant the message names is data. */
  @SubscribeMessage('place')
  place(@MessageBody() order: { id: number }, @CurrentTenant() tenantId: string) {
    this.connections.broadcast(tenantId, 'placed', { id: order.id });
    return { event: 'accepted', data: { tenantId } };
  }
}
// #endregion gateway

const changes = new PubSub();

@Resolver()
class OrdersResolver {
  @Query(() => String)
  tenant(@CurrentTenant() tenantId: string): string {
    return tenantId;
  }

  @Mutation(() => String)
  async place(@Args('id', { type: () => String }) id: string): Promise<string> {
    await changes.publish('placed', { placed: id });
    return id;
  }

  @Subscription(() => String, {
    resolve: ({ placed }: { placed: string }) => `${currentContext()?.tenantId} was told of ${placed}`,
  })
  placed(): unknown {
    return changes.asyncIterableIterator('placed');
  }
}
// #region graphql
import { TenancyModule } from '@nestarc/tenancy';
import { tenantSubscriptions } from '@nestarc/tenancy/graphql';
import { Module } from '@nestjs/common';

@Module({
  imports: [
    TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id' }),
    GraphQLModule.forRoot<ApolloDriverConfig>({
      driver: ApolloDriver,
      autoSchemaFile: true,
      subscriptions: {
        'graphql-ws': {
          path: '/graphql',
          // Browsers cannot send headers with a WebSocket: say which of what they send instead counts as one.
          ...tenantSubscriptions({ headers: ({ tenant }) => ({ 'X-Tenant-Id': tenant }) }),
        },
      },
    }),
  ],
  providers: [OrdersResolver],
})
export class GraphqlApp {}
// #endregion graphql
// #region rpc
import { createTenantEnvelope, envelopeProof, HttpTenantPropagator, TenancyContext } from '@nestarc/tenancy';
import { headers as natsHeaders } from '@nats-io/transport-node';
import { Controller } from '@nestjs/common';
import { type ClientProxy, MessagePattern, NatsRecordBuilder } from '@nestjs/microservices';

const envelope = createTenantEnvelope({
  keys: [
    { id: '2026-11', secret: process.env['TENANT_ENVELOPE_SECRET'] ?? 'at least 32 bytes, shared by the services' },
  ],
});

/** The caller: seals the current tenant into a header. */
export class StockClient {
  private readonly tenant = new HttpTenantPropagator(new TenancyContext(), {
    envelope,
    purpose: 'nats',
    required: true,
  });

  constructor(private readonly client: ClientProxy) {}

  count(): Promise<unknown> {
    const headers = natsHeaders();
    for (const [name, value] of Object.entries(this.tenant.getHeaders())) headers.set(name, value);
    return lastValueFrom(this.client.send('count', new NatsRecordBuilder({}).setHeaders(headers).build()));
  }
}

/** The called: microservices need no set-up beyond the module. */
@Controller()
export class StockController {
  @MessagePattern('count')
  count(@CurrentTenant() tenantId: string) {
    return { tenantId };
  }
}

@Module({
  imports: [TenancyModule.forRoot({ proof: envelopeProof(envelope, { purpose: ['http', 'nats'] }) })],
  controllers: [StockController],
})
export class StockModule {}
// #endregion rpc

@Module({ imports: [TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id' })], providers: [OrdersGateway] })
class GatewayApp {}

describe.each(PLATFORMS)('the gateway of the guide on %s', (platform) => {
  it('answers and tells the connections of one tenant', async () => {
    await using app = await serveWs(platform, GatewayApp);
    const as = (tenantId: string): Promise<WsClient> => WsClient.open(app.url, '/orders', { 'x-tenant-id': tenantId });
    const [acme, umbrella] = [await as('acme'), await as('umbrella')];
    const connections = app.app.get(TenantConnections);
    while (connections.of('acme').length + connections.of('umbrella').length < 2) await sleep(1);
    acme.send('place', { id: 7, tenantId: 'umbrella' });
    const received = await acme.events(2);
    expect(received).toContainEqual({ event: 'placed', data: { id: 7 } });
    expect(received).toContainEqual({ event: 'accepted', data: { tenantId: 'acme' } });
    expect(await umbrella.ask('place', { id: 8 })).toBeDefined();
    expect((await umbrella.events(2)).map(({ data }) => data['id'])).not.toContain(7);
    const nobody = await WsClient.open(app.url, '/orders');
    expect(await nobody.closed).toEqual({ code: 1008, reason: 'TENANT_REQUIRED' });
    await Promise.all([acme.close(), umbrella.close()]);
  });
});

describe('GraphQL as the guide sets it up', () => {
  it('runs operations for the tenant of their request, and events for that of the subscriber', async () => {
    await using app = await serveOn('express', GraphqlApp);
    expect(await post(app.url, '{ tenant }', { 'x-tenant-id': 'acme' })).toEqual({ data: { tenant: 'acme' } });
    expect((await post(app.url, '{ tenant }')).errors?.[0]?.extensions).toMatchObject({
      code: 'FORBIDDEN',
      reason: 'TENANT_REQUIRED',
    });
    const subscriber = new Subscriber(app.url, 'subscription { placed }', {}, { tenant: 'acme' });
    await sleep(200);
    await post(app.url, 'mutation { place(id: "7") }', { 'x-tenant-id': 'umbrella' });
    expect(await subscriber.first(1)).toEqual([{ data: { placed: 'acme was told of 7' } }]);
    await subscriber.close();
  });
});

requireProgram('nats-server');

describe.runIf(findProgram('nats-server') !== undefined)('the microservice of the guide', () => {
  it('runs handlers for whom the caller has sealed, and no others', async () => {
    const server = await startNats();
    const service = await serveNats('a microservice', StockModule, server.url);
    const caller = new NatsCaller(server.url);
    const stock = new StockClient(caller.client);
    expect(await new TenancyContext().run('acme', () => stock.count())).toEqual({ tenantId: 'acme' });
    await expect(async () => stock.count()).rejects.toMatchObject({ code: 'TENANT_CONTEXT_MISSING' });
    const [unsigned] = await caller.ask('count', { 'X-Tenant-Id': 'acme' });
    expect(unsigned).toMatchObject({ refused: { code: 'TENANT_UNVERIFIED', status: 401 } });
    await caller.client.close();
    await service.close();
    await server.stop();
  });
});
