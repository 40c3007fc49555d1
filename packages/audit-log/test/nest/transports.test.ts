import { createContext, currentContext, parseTenantId, runWithContext } from '@nestarc/core';
import { type ServedApp, serveOn, type TestDatabase } from '@nestarc/testing';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import {
  type CanActivate,
  Controller,
  type DynamicModule,
  type ExecutionContext,
  type INestMicroservice,
  Module,
  type ModuleMetadata,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Args, GraphQLModule, Mutation, Query, Resolver } from '@nestjs/graphql';
import { type ClientProxy, ClientProxyFactory, MessagePattern, Payload, Transport } from '@nestjs/microservices';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { randomUUID } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { AuditAction, AuditContext, AuditInterceptor, AuditLogModule, AuditReason, NoAudit } from '../../src';
import { type AuditedClient, createAudited } from '../fixture/audited-client';
import { createAuditedDatabase, mark } from '../fixture/database';
import { byUser, type TestRequest } from './audit-app';

let database: TestDatabase;
let prisma: AuditedClient;
beforeAll(async () => {
  database = await createAuditedDatabase();
  prisma = createAudited(database.appUrl);
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});

/** Stands for work in the context of a tenant, where there is one: settings need none. */
const write = async (key: string = randomUUID()): Promise<string> => {
  await prisma.setting.create({ data: { key, value: String(currentContext()?.tenantId ?? '') } });
  return key;
};

/** Leaves the user where applications leave it, by transport. */
class UserGuard implements CanActivate {
  canActivate(execution: ExecutionContext): boolean {
    const user = { id: `u-${execution.getHandler().name}` };
    const kind: string = execution.getType();
    if (kind === 'graphql') execution.getArgByIndex<{ req: TestRequest }>(2).req.user = user;
    else if (kind === 'ws') execution.switchToWs().getClient<TestRequest>().user = user;
    else execution.switchToRpc().getContext<TestRequest>().user = user;
    return true;
  }
}

@Resolver()
class NotesResolver {
  @Query(() => String)
  ping(): string {
    return 'pong';
  }

  @AuditAction('first.done')
  @AuditReason('the first')
  @UseGuards(UserGuard)
  @Mutation(() => String)
  async first(@Args('key', { type: () => String }) key: string): Promise<string> {
    AuditContext.setMetadata({ of: 'first' });
    return write(key);
  }

  @NoAudit()
  @UseGuards(UserGuard)
  @Mutation(() => String)
  second(@Args('key', { type: () => String }) key: string): Promise<string> {
    return write(key);
  }

  @UseGuards(UserGuard)
  @Mutation(() => String)
  third(@Args('key', { type: () => String }) key: string): Promise<string> {
    return write(key);
  }
}

@WebSocketGateway({ path: '/ws' })
@UseInterceptors(AuditInterceptor)
@UseGuards(UserGuard)
class NotesGateway {
  @AuditReason('by socket')
  @SubscribeMessage('write')
  async message(): Promise<unknown> {
    return { event: 'written', data: await write() };
  }
}

@Controller()
@UseGuards(UserGuard)
class NotesController {
  @MessagePattern('write')
  message(@Payload() _forged: unknown): Promise<string> {
    return write();
  }
}

const auditLog = (): DynamicModule => AuditLogModule.forRoot({ prisma, actorExtractor: byUser });

function moduleOf({ imports, ...metadata }: ModuleMetadata): DynamicModule {
  @Module({})
  class AppModule {}
  return { module: AppModule, ...metadata, imports: [auditLog(), ...(imports ?? [])] };
}

describe('an application', () => {
  it('keeps two mutations of one request apart', async () => {
    const graphql = GraphQLModule.forRoot<ApolloDriverConfig>({
      driver: ApolloDriver,
      autoSchemaFile: true,
      graphiql: false,
    });
    await using app = await serveOn('express', moduleOf({ imports: [graphql], providers: [NotesResolver] }));
    const since = await mark(database);
    const key = randomUUID();
    const query = `mutation { a: first(key: "${key}1") b: second(key: "${key}2") c: third(key: "${key}3") d: first(key: "${key}4") }`;
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    expect(await response.json()).toEqual({ data: { a: `${key}1`, b: `${key}2`, c: `${key}3`, d: `${key}4` } });
    const entries = await since.entries();
    const first = ['u-first', 'first.done', 'the first', { of: 'first' }];
    expect(entries.map((entry) => [entry.actor_id, entry.action, entry.reason, entry.metadata])).toEqual([
      first,
      ['u-second', 'Setting.created', null, { suppressed: true, count: 1 }],
      ['u-third', 'Setting.created', null, null],
      first,
    ]);
    expect(new Set(entries.map((entry) => entry.request_id)).size).toBe(1);
  });

  it('records whom the guard of a gateway has found', async () => {
    const configure = (app: ServedApp['app']): void => void app.useWebSocketAdapter(new WsAdapter(app));
    await using app = await serveOn('express', moduleOf({ providers: [NotesGateway] }), { configure });
    const since = await mark(database);
    const socket = new WebSocket(`${app.url.replace('http', 'ws')}/ws`);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const answered = new Promise((resolve) => socket.once('message', resolve));
    socket.send(JSON.stringify({ event: 'write' }));
    await answered;
    socket.close();
    expect(await since.entries()).toMatchObject([
      { actor_id: 'u-message', reason: 'by socket', request_id: expect.any(String) as string },
    ]);
  });
});

describe('a microservice', () => {
  let service: INestMicroservice;
  let client: ClientProxy;
  beforeAll(async () => {
    const port = await freePort();
    const options = { transport: Transport.TCP, options: { port, host: '127.0.0.1' } } as const;
    service = await NestFactory.createMicroservice(moduleOf({ controllers: [NotesController] }), {
      ...options,
      logger: false,
      abortOnError: false,
    });
    await service.listen();
    client = ClientProxyFactory.create(options);
  });
  afterAll(async () => {
    client.close();
    await service.close();
  });

  it('records whom its guard has found, and nobody whom the payload names', async () => {
    const since = await mark(database);
    await lastValueFrom(client.send('write', { user: { id: 'mallory' } }));
    expect(await since.entries()).toMatchObject([{ actor_id: 'u-message', request_id: expect.any(String) as string }]);
  });
});

describe('a job, a cron task or a command', () => {
  it('says itself who acts, and for which tenant', async () => {
    const since = await mark(database);
    const context = createContext({ tenantId: parseTenantId('a'), requestId: 'job-7' });
    await runWithContext(context, () => AuditContext.runAs({ id: 'nightly', type: 'job' }, () => write()));
    expect(await since.entries()).toMatchObject([
      { actor_id: 'nightly', actor_type: 'job', request_id: 'job-7', new: { value: 'a' } },
    ]);
  });
});

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
