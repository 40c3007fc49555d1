import { type ServedApp } from '@nestarc/testing';
import { Module, type Type } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { currentContext } from '@nestarc/core';
import { BypassTenancy, TenancyContext, TenancyModule, TenantConnections, type TenantProof } from '../../src';
import { TenantProofInvalidError } from '../../src/errors/tenant-proof-invalid.error';
import { TenantProofUnavailableError } from '../../src/errors/tenant-proof-unavailable.error';
import { ran, serveWs, tenantNow, WsClient } from './ws-fixture';

@WebSocketGateway({ path: '/ws' })
class StrictGateway {
  handleConnection(): void {
    ran.push({ handler: 'handleConnection', tenantId: tenantNow() });
  }

  @SubscribeMessage('who')
  who() {
    ran.push({ handler: 'who', tenantId: tenantNow() });
    return { event: 'who', data: { tenantId: tenantNow() } };
  }
}

@WebSocketGateway({ path: '/mixed' })
class MixedGateway extends StrictGateway {
  @BypassTenancy()
  @SubscribeMessage('ping')
  ping() {
    return { event: 'pong', data: {} };
  }
}

function moduleOf(prove: TenantProof['prove']): Type {
  @Module({
    imports: [TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id', proof: { needs: 'request', prove } })],
    providers: [StrictGateway, MixedGateway],
  })
  class AppModule {}
  return AppModule;
}

const rejections: unknown[] = [];
const note = (reason: unknown): void => void rejections.push(reason);
let app: ServedApp | undefined;
const clients: WsClient[] = [];

beforeEach(() => {
  ran.splice(0);
  rejections.splice(0);
  process.on('unhandledRejection', note);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await app?.close();
  app = undefined;
  process.off('unhandledRejection', note);
  expect(rejections).toEqual([]);
});

const connect = async (path: string, tenantId = 'a'): Promise<WsClient> => {
  const client = await WsClient.open(app?.url ?? '', path, { 'x-tenant-id': tenantId });
  clients.push(client);
  return client;
};

describe('a proof that fails oddly', () => {
  it.each([
    ['undefined', undefined],
    ['null', null],
    ['false', false],
    ['a symbol', Symbol('odd')],
    ['an object without a prototype', Object.create(null) as unknown],
  ])('with %s admits no connection and no message', async (_what, odd) => {
    const fails: PromiseLike<never> = { then: (_resolve, reject) => Promise.resolve(reject?.(odd)) as never };
    app = await serveWs(
      'express',
      moduleOf(async () => fails),
    );
    const strict = await connect('/ws');
    strict.send('who');
    expect(await strict.closed).toEqual({ code: 1011, reason: 'INTERNAL' });
    const mixed = await connect('/mixed');
    mixed.send('who');
    expect(await mixed.ask('ping')).toBeDefined();
    expect(ran).toEqual([{ handler: 'handleConnection', tenantId: null }]);
  });

  it('with nothing at all, and only once, admits no message of the connection it refused', async () => {
    let asked = 0;
    const once: PromiseLike<never> = { then: (_resolve, reject) => Promise.resolve(reject?.(undefined)) as never };
    app = await serveWs(
      'express',
      moduleOf(async () => {
        asked += 1;
        if (asked > 1) return { tenantId: 'a' };
        // Long enough for the message to be there.
        await sleep(50);
        return once;
      }),
    );
    const client = await connect('/ws');
    client.send('who');
    expect(await client.closed).toEqual({ code: 1011, reason: 'INTERNAL' });
    expect(ran).toEqual([]);
  });
});

describe('a broadcast to connections that have said nothing for a while', () => {
  let asked = 0;
  let seen: unknown[] = [];
  let failure: Error | undefined;
  const minutesLater = (): void => {
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => now() + 61_000);
  };
  const connections = (): TenantConnections => {
    if (app === undefined) throw new Error('There is no application');
    return app.app.get(TenantConnections);
  };
  const joined = async (count: number): Promise<void> => {
    while (connections().of('a').length < count) await sleep(1);
  };

  beforeEach(async () => {
    [asked, seen, failure] = [0, [], undefined];
    app = await serveWs(
      'express',
      moduleOf(async ({ headers }) => {
        asked += 1;
        seen.push(currentContext()?.tenantId);
        await sleep(5);
        if (failure !== undefined) throw failure;
        return { tenantId: String(headers['x-tenant-id']) };
      }),
    );
  });

  it('sends at once what was verified within a minute', async () => {
    const client = await connect('/ws');
    await joined(1);
    expect(connections().broadcast('a', 'news', 1)).toBe(1);
    expect(await client.events(1)).toEqual([{ event: 'news', data: 1 }]);
    expect(asked).toBe(1);
  });

  it('verifies each once more, outside of the context of whoever broadcasts, and sends in order', async () => {
    const client = await connect('/ws');
    await joined(1);
    minutesLater();
    seen = [];
    new TenancyContext().run('other', () => {
      for (const n of [1, 2, 3]) expect(connections().broadcast('a', 'news', n)).toBe(1);
    });
    expect((await client.events(3)).map(({ data }) => data)).toEqual([1, 2, 3]);
    connections().broadcast('a', 'news', 4);
    expect((await client.events(4))[3]).toEqual({ event: 'news', data: 4 });
    expect(seen).toEqual([undefined]);
  });

  it('closes those that are refused by then, and sends them nothing', async () => {
    const client = await connect('/ws');
    await joined(1);
    minutesLater();
    failure = new TenantProofInvalidError();
    connections().broadcast('a', 'news', 1);
    expect(await client.closed).toEqual({ code: 1008, reason: 'TENANT_PROOF_INVALID' });
    expect(client.received).toEqual([]);
    expect(connections().of('a')).toEqual([]);
  });

  it('leaves those open that may stay without a tenant, and sends them nothing', async () => {
    const client = await connect('/mixed');
    await joined(1);
    minutesLater();
    failure = new TenantProofInvalidError();
    connections().broadcast('a', 'news', 1);
    while (connections().of('a').length > 0) await sleep(1);
    expect(await client.ask('ping')).toEqual({ event: 'pong', data: {} });
    expect(connections().broadcast('a', 'news', 2)).toBe(0);
    expect(client.received).toHaveLength(1);
  });

  it.each([
    ['the proof is unavailable', new TenantProofUnavailableError()],
    ['something else is wrong', new Error('odd')],
  ])('keeps them where %s, and sends them nothing this time', async (_what, error) => {
    const client = await connect('/ws');
    await joined(1);
    minutesLater();
    failure = error;
    connections().broadcast('a', 'news', 1);
    await sleep(20);
    failure = undefined;
    expect(connections().broadcast('a', 'news', 2)).toBe(1);
    expect(await client.events(1)).toEqual([{ event: 'news', data: 2 }]);
  });
});
