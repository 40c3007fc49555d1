import { currentContext } from '@nestarc/core';
import {
  AuditContext,
  AuditInterceptor,
  AuditLogModule,
  AuditReason,
  type ActorRequest,
  type AuditActor,
  NoAudit,
} from '@nestarc/audit-log';
import { BypassTenancy, TenancyModule } from '@nestarc/tenancy';
import { PLATFORMS, type ServedApp, serveOn } from '@nestarc/testing';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import {
  type CanActivate,
  Controller,
  type DynamicModule,
  type ExecutionContext,
  Module,
  type ModuleMetadata,
  Post,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { Args, GraphQLModule, Mutation, Query, Resolver } from '@nestjs/graphql';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ChainWorld } from './shop/chain-world';
import type { PrismaClient } from './shop/generated/client';

let world: ChainWorld;
let prisma: PrismaClient;
beforeAll(async () => {
  world = await ChainWorld.create();
  prisma = world.client();
});
afterAll(() => world.close());

const write = async (name: string): Promise<string> => {
  await prisma.user.create({ data: { email: randomUUID(), name } });
  return name;
};

/** Leaves the user where applications leave it, by transport, and writes. */
class UserGuard implements CanActivate {
  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const kind: string = execution.getType();
    const user = { id: `u-${execution.getHandler().name}` };
    const byTransport = new Map<string, () => object>([
      ['http', () => execution.switchToHttp().getRequest<object>()],
      ['ws', () => execution.switchToWs().getClient<object>()],
      ['graphql', () => execution.getArgByIndex<{ req: object }>(2).req],
    ]);
    const request = byTransport.get(kind)?.();
    Object.assign(request ?? {}, { user });
    if (kind === 'http') await write('at the guard');
    return true;
  }
}

@Controller()
@UseGuards(UserGuard)
class UsersController {
  @AuditReason('by request')
  @Post('named')
  named(): Promise<string> {
    return write('named');
  }

  @Post('plain')
  plain(): Promise<string> {
    return write('plain');
  }
}

@WebSocketGateway({ path: '/ws' })
@UseInterceptors(AuditInterceptor)
@UseGuards(UserGuard)
class UsersGateway {
  @AuditReason('by socket')
  @SubscribeMessage('write')
  async message(): Promise<unknown> {
    return { event: 'written', data: await write('message') };
  }
}

@Resolver()
@UseGuards(UserGuard)
class UsersResolver {
  @Query(() => String)
  ping(): string {
    return 'pong';
  }

  @NoAudit()
  @Mutation(() => String)
  silent(@Args('name', { type: () => String }) name: string): Promise<string> {
    return write(name);
  }

  @Mutation(() => String)
  loud(@Args('name', { type: () => String }) name: string): Promise<string> {
    return write(name);
  }

  /** All tables have tenants: what would be recorded is told. */
  @BypassTenancy()
  @AuditReason('for all')
  @Mutation(() => String)
  shared(): string {
    return [AuditContext.getActor()?.id, AuditContext.getReason(), currentContext()?.tenantId ?? 'nobody'].join(', ');
  }
}

const actorExtractor = ({ user }: ActorRequest): AuditActor => ({ id: user?.id ?? null, type: 'user' });

function moduleOf(isAuditFirst: boolean, { imports = [], ...metadata }: ModuleMetadata): DynamicModule {
  @Module({})
  class AppModule {}
  const modules = [
    AuditLogModule.forRoot({ prisma, actorExtractor }),
    TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id' }),
  ];
  return {
    module: AppModule,
    ...metadata,
    imports: [...(isAuditFirst ? modules : modules.reverse()), ...imports],
  };
}

const TENANT = { 'x-tenant-id': 'a' };

describe.each([true, false])('with tenants, the module of the audit log first: %s,', (isAuditFirst) => {
  it.each(PLATFORMS)(
    'a request is recorded with its tenant and the user that a guard has found: %s',
    async (platform) => {
      await using app = await serveOn(platform, moduleOf(isAuditFirst, { controllers: [UsersController] }));
      const entries = await world.entriesOf(async () => {
        for (const path of ['plain', 'named']) await fetch(`${app.url}/${path}`, { method: 'POST', headers: TENANT });
      });
      expect(entries.map(({ new: fresh, actorId, tenantId }) => [fresh?.['name'], actorId, tenantId])).toEqual([
        ['at the guard', 'u-plain', 'a'],
        ['plain', 'u-plain', 'a'],
        ['at the guard', 'u-named', 'a'],
        ['named', 'u-named', 'a'],
      ]);
      expect(new Set(entries.map(({ requestId }) => requestId)).size).toBe(2);
    },
  );

  it('a message to a gateway is, too', async () => {
    const configure = (app: ServedApp['app']): void => void app.useWebSocketAdapter(new WsAdapter(app));
    await using app = await serveOn('express', moduleOf(isAuditFirst, { providers: [UsersGateway] }), { configure });
    const entries = await world.entriesOf(async () => {
      const socket = new WebSocket(`${app.url.replace('http', 'ws')}/ws`, { headers: TENANT });
      await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
      const answered = new Promise((resolve) => socket.once('message', resolve));
      socket.send(JSON.stringify({ event: 'write' }));
      await answered;
      socket.close();
    });
    expect(entries).toMatchObject([{ actorId: 'u-message', tenantId: 'a', new: { name: 'message' } }]);
  });

  it('mutations of one request are kept apart, also from one that has no tenant', async () => {
    const graphql = GraphQLModule.forRoot<ApolloDriverConfig>({
      driver: ApolloDriver,
      autoSchemaFile: true,
      graphiql: false,
    });
    await using app = await serveOn(
      'express',
      moduleOf(isAuditFirst, { imports: [graphql], providers: [UsersResolver] }),
    );
    const query = 'mutation { a: silent(name: "1") b: shared c: loud(name: "3") }';
    const entries = await world.entriesOf(async () => {
      const response = await fetch(`${app.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...TENANT },
        body: JSON.stringify({ query }),
      });
      expect(await response.json()).toEqual({ data: { a: '1', b: 'u-shared, for all, nobody', c: '3' } });
    });
    expect(entries).toMatchObject([
      { actorId: 'u-silent', tenantId: 'a', targetId: null, metadata: { suppressed: true, count: 1 } },
      { actorId: 'u-loud', tenantId: 'a', new: { name: '3' } },
    ]);
    expect(new Set(entries.map(({ requestId }) => requestId)).size).toBe(1);
  });
});
