import { findProgram, requireProgram } from '@nestarc/testing';
import {
  Controller,
  type INestApplication,
  type INestApplicationContext,
  Inject,
  Injectable,
  Module,
  Scope,
  type Type,
} from '@nestjs/common';
import { NestFactory, REQUEST } from '@nestjs/core';
import { MessagePattern, Transport } from '@nestjs/microservices';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CurrentTenant, TenancyModule, type TenancyModuleOptions, TenantConnections } from '../../src';
import { NatsCaller } from './nats-fixture';
import { type NatsServer, startNats } from './nats-server';
import { ran, tenantNow, tokenProof, WsClient } from './ws-fixture';

requireProgram('nats-server');

const STRICT: TenancyModuleOptions = { tenantExtractor: 'X-Tenant-Id', proof: tokenProof };
const ANYBODY: TenancyModuleOptions = { tenantExtractor: 'X-Tenant-Id' };
const A = { 'X-Tenant-Id': 'a', Authorization: 'token-a' };
const FORGED = { 'X-Tenant-Id': 'a' };

/** Classes that every application of this file shares, made anew: Nest and this package leave marks on them. */
function sharedClasses() {
  class Handlers {
    handleConnection(): void {
      ran.push({ handler: 'handleConnection', tenantId: tenantNow() });
    }

    handleDisconnect(): void {
      ran.push({ handler: 'handleDisconnect', tenantId: tenantNow() });
    }

    @SubscribeMessage('who')
    who(@CurrentTenant() tenantId: string | null) {
      ran.push({ handler: 'who', tenantId });
      return { event: 'who', data: { tenantId } };
    }
  }

  @WebSocketGateway({ path: '/ws' })
  class StaticGateway extends Handlers {}

  /** Nest 12 makes one for each connection. */
  @Injectable({ scope: Scope.REQUEST })
  @WebSocketGateway({ path: '/ws' })
  class ScopedGateway extends Handlers {
    constructor(@Inject(REQUEST) readonly client: unknown) {
      super();
    }
  }

  @Controller()
  class StaticController {
    @MessagePattern('static')
    who(@CurrentTenant() tenantId: string | null) {
      ran.push({ handler: 'static', tenantId });
      return { tenantId };
    }
  }

  /** Nest reads the metadata of the class for each message. */
  @Controller({ scope: Scope.REQUEST })
  class ScopedController {
    @MessagePattern('scoped')
    who(@CurrentTenant() tenantId: string | null) {
      ran.push({ handler: 'scoped', tenantId });
      return { tenantId };
    }
  }

  return {
    gateways: { static: StaticGateway, scoped: ScopedGateway },
    controllers: [StaticController, ScopedController],
  };
}

interface Classes {
  readonly providers?: Type[];
  readonly controllers?: Type[];
}

/** Without options there is no tenancy at all. */
function moduleOf(classes: Classes, options?: TenancyModuleOptions): Type {
  @Module({ imports: options === undefined ? [] : [TenancyModule.forRoot(options)], ...classes })
  class AppModule {}
  return AppModule;
}

const applications: INestApplicationContext[] = [];
const clients: WsClient[] = [];
beforeEach(() => void ran.splice(0));
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  for (const application of applications.splice(0)) await application.close();
});

async function create(module: Type): Promise<INestApplication> {
  const app = await NestFactory.create(module, { logger: false, forceCloseConnections: true, abortOnError: false });
  applications.push(app);
  return app.useWebSocketAdapter(new WsAdapter(app));
}

/** As a seed script does, or a test, with the modules of the application. */
const script = (module: Type) => NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });

const OTHERS: readonly (readonly [string, TenancyModuleOptions | undefined])[] = [
  ['with another proof', ANYBODY],
  ['that places its guards itself', { ...STRICT, guard: 'manual' }],
  ['without tenancy', undefined],
];

describe.each(['static', 'scoped'] as const)('a gateway class that applications share (%s)', (scope) => {
  const connect = async (app: INestApplication, headers: Record<string, string> = {}): Promise<WsClient> => {
    const client = await WsClient.open(await app.getUrl(), '/ws', headers);
    clients.push(client);
    return client;
  };
  const gatewayModules = () => {
    const providers = [sharedClasses().gateways[scope]];
    return (options?: TenancyModuleOptions): Type => moduleOf({ providers }, options);
  };
  const expectEnforced = async (app: INestApplication): Promise<void> => {
    ran.splice(0);
    const forged = await connect(app, FORGED);
    forged.send('who');
    expect(await forged.closed).toEqual({ code: 1008, reason: 'TENANT_UNVERIFIED' });
    expect(ran).toEqual([]);
    const client = await connect(app, A);
    expect(await client.ask('who')).toEqual({ event: 'who', data: { tenantId: 'a' } });
    expect(ran).toEqual(['handleConnection', 'who'].map((handler) => ({ handler, tenantId: 'a' })));
    expect(app.get(TenantConnections).of('a')).toHaveLength(1);
    await client.close();
    while (ran.length < 3) await sleep(1);
    expect(ran[2]).toEqual({ handler: 'handleDisconnect', tenantId: 'a' });
  };

  it.each(OTHERS)('is guarded as its application says, whichever is made later: one %s', async (_what, options) => {
    const module = gatewayModules();
    const [first, second] = [await create(module(STRICT)), await create(module(options))];
    await first.listen(0, '127.0.0.1');
    await second.listen(0, '127.0.0.1');
    await expectEnforced(first);
  });

  it.each(OTHERS)('is guarded as its application says, whichever was made before: one %s', async (_what, options) => {
    const module = gatewayModules();
    const first = await create(module(options));
    await first.listen(0, '127.0.0.1');
    const second = await create(module(STRICT));
    await second.listen(0, '127.0.0.1');
    await expectEnforced(second);
  });

  it('stays guarded when a script with the same modules ends', async () => {
    const module = gatewayModules();
    const app = await create(module(STRICT));
    await app.listen(0, '127.0.0.1');
    await expectEnforced(app);
    await (await script(module(STRICT))).close();
    await expectEnforced(app);
  });

  it('works in an application without tenancy as if nothing was there', async () => {
    const module = gatewayModules();
    const before = await create(module());
    await before.listen(0, '127.0.0.1');
    applications.push(await script(module(STRICT)));
    const after = await create(module());
    await after.listen(0, '127.0.0.1');
    for (const app of [before, after]) {
      ran.splice(0);
      const client = await connect(app);
      expect(await client.ask('who')).toEqual({ event: 'who', data: { tenantId: null } });
      expect(ran.map(({ handler }) => handler)).toEqual(['handleConnection', 'who']);
    }
  });
});

describe.runIf(findProgram('nats-server') !== undefined)('message handlers that applications share', () => {
  let server: NatsServer;
  let caller: NatsCaller;
  beforeAll(async () => {
    server = await startNats();
    caller = new NatsCaller(server.url);
  });
  afterAll(async () => {
    await caller.client.close();
    await server.stop();
  });

  const serve = async (module: Type): Promise<void> => {
    const app = await create(module);
    app.connectMicroservice({ transport: Transport.NATS, options: { servers: server.url } });
    await app.startAllMicroservices();
    await app.init();
  };
  const expectEnforced = async (): Promise<void> => {
    ran.splice(0);
    for (const pattern of ['static', 'scoped']) {
      expect(await caller.ask(pattern, FORGED)).toMatchObject([{ refused: { code: 'TENANT_UNVERIFIED' } }]);
      expect(await caller.ask(pattern, A)).toEqual([{ tenantId: 'a' }]);
    }
    expect(ran).toEqual(['static', 'scoped'].map((handler) => ({ handler, tenantId: 'a' })));
  };

  it.each(OTHERS)('are guarded as their application says beside one %s', async (_what, options) => {
    const { controllers } = sharedClasses();
    const before = await script(moduleOf({ controllers }, options));
    await serve(moduleOf({ controllers }, STRICT));
    await expectEnforced();
    const after = await script(moduleOf({ controllers }, options));
    await expectEnforced();
    await before.close();
    await after.close();
    await expectEnforced();
  });

  it('run in an application without tenancy as if nothing was there', async () => {
    const { controllers } = sharedClasses();
    await serve(moduleOf({ controllers }));
    applications.push(await script(moduleOf({ controllers }, STRICT)));
    for (const pattern of ['static', 'scoped']) {
      expect(await caller.ask(pattern, FORGED)).toEqual([{ tenantId: null }]);
    }
  });
});
