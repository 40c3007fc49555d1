import { PLATFORMS, type ServedApp } from '@nestarc/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TenantConnections } from '../../src';
import { DIRECT_POOL } from '../fixture/database-path';
import { A, B, IsolationFixture } from '../fixture/isolation-fixture';
import { ran, serveWs, tokenProof, WsClient, wsModule } from './ws-fixture';

let fixture: IsolationFixture;
beforeAll(async () => {
  fixture = await IsolationFixture.create(DIRECT_POOL);
  await fixture.seed();
});
afterAll(() => fixture.close());

const clients: WsClient[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

describe.each(PLATFORMS)('WebSocket gateways on %s', (platform) => {
  let app: ServedApp;
  const connect = async (path: string, headers: Record<string, string | string[]> = {}): Promise<WsClient> => {
    const client = await WsClient.open(app.url, path, headers);
    clients.push(client);
    return client;
  };
  const as = (tenantId: string): Record<string, string> => ({
    'x-tenant-id': tenantId,
    authorization: `token-${tenantId}`,
  });

  beforeAll(async () => {
    const options = { tenantExtractor: 'X-Tenant-Id', proof: tokenProof };
    app = await serveWs(platform, wsModule(options, fixture.database.appUrl));
  });
  beforeEach(() => void ran.splice(0));
  afterAll(() => app.close());

  it('answer each message with the rows of the tenant of its connection', async () => {
    const [a, b] = [await connect('/ws', as(A)), await connect('/ws', as(B))];
    expect((await a.ask('customers'))?.data).toMatchObject({ tenantId: A, owners: [A, A] });
    expect((await b.ask('customers'))?.data).toMatchObject({ tenantId: B, owners: [B] });
  });

  it('keep 200 interleaved messages of two connections apart, whatever tenant their bodies name', async () => {
    const [a, b] = [await connect('/ws', as(A)), await connect('/ws', as(B))];
    for (let nonce = 0; nonce < 100; nonce++) {
      a.send('customers', { nonce, tenantId: B, __tenantId: B });
      b.send('customers', { nonce, tenantId: A, __tenantId: A });
    }
    const [ofA, ofB] = await Promise.all([a.events(100), b.events(100)]);
    expect(new Set(ofA.map(({ data }) => data['tenantId']))).toEqual(new Set([A]));
    expect(new Set(ofB.map(({ data }) => data['tenantId']))).toEqual(new Set([B]));
    expect(new Set(ofA.flatMap(({ data }) => data['owners']))).toEqual(new Set([A]));
    expect(new Set(ofB.flatMap(({ data }) => data['owners']))).toEqual(new Set([B]));
    expect(new Set(ofA.map(({ data }) => data['nonce'])).size).toBe(100);
  });

  it('run what a handler streams in the tenant of the connection', async () => {
    const [a, b] = [await connect('/ws', as(A)), await connect('/ws', as(B))];
    a.send('live');
    b.send('live');
    const [ofA, ofB] = await Promise.all([a.events(3), b.events(3)]);
    for (const { data } of ofA) expect(data).toEqual({ tenantId: A, owners: [A, A] });
    for (const { data } of ofB) expect(data).toEqual({ tenantId: B, owners: [B] });
  });

  it.each([
    ['no tenant', {}, 'TENANT_UNVERIFIED'],
    ['a tenant without evidence', { 'x-tenant-id': A }, 'TENANT_UNVERIFIED'],
    ['a forged token', { 'x-tenant-id': A, authorization: 'forged' }, 'TENANT_PROOF_INVALID'],
    ['the token of another tenant', { 'x-tenant-id': A, authorization: `token-${B}` }, 'TENANT_FORBIDDEN'],
    ['a malformed tenant', { 'x-tenant-id': "' OR 1=1" }, 'TENANT_ID_INVALID'],
    ['two tenants', { 'x-tenant-id': [A, B], authorization: `token-${A}` }, 'HEADER_REPEATED'],
  ])('close a connection with %s, and run nothing for it', async (_what, headers, code) => {
    const client = await connect('/ws', headers);
    client.send('customers');
    expect(await client.closed).toEqual({ code: 1008, reason: code });
    for (const { event, data } of client.received) {
      expect(event).toBe('exception');
      expect(data).toMatchObject({ status: 'error', code });
    }
    expect(ran).toEqual([]);
  });

  it('tell the gateway of a connection, and of its end, in the context of its tenant', async () => {
    const client = await connect('/ws', as(A));
    client.send('customers');
    await client.events(1);
    await client.close();
    while (ran.length < 3) await sleep(1);
    expect(ran.map(({ handler }) => handler)).toEqual(['handleConnection', 'customers', 'handleDisconnect']);
    expect(ran.map(({ tenantId }) => tenantId)).toEqual([A, A, A]);
  });

  it('refuse each message with a typed answer where the connection may stay', async () => {
    const client = await connect('/mixed', { 'x-tenant-id': A, authorization: 'forged' });
    expect(await client.ask('customers')).toEqual({
      event: 'exception',
      data: { status: 'error', code: 'TENANT_PROOF_INVALID', message: 'The credentials are not valid' },
    });
    expect(await client.ask('ping')).toEqual({ event: 'pong', data: { tenantId: null, visible: 0 } });
    expect(await client.ask('live')).toMatchObject({ event: 'exception', data: { code: 'TENANT_PROOF_INVALID' } });
    expect(ran).toEqual([{ handler: 'handleConnection', tenantId: null }]);
  });

  it('ask nobody for a tenant where the class bypasses tenancy', async () => {
    const client = await connect('/open');
    expect(await client.ask('ping')).toEqual({ event: 'pong', data: { tenantId: null } });
  });

  it('survive frames that are no messages, binary ones and handlers that fail', async () => {
    const client = await connect('/ws', as(A));
    for (const frame of [
      '',
      '{',
      'null',
      '[]',
      '"x"',
      '{"event":"nothing"}',
      '{"event":{"a":1}}',
      Buffer.from([0, 255]),
    ]) {
      client.socket.send(frame);
    }
    expect(await client.ask('failing')).toMatchObject({ event: 'exception', data: { status: 'error' } });
    client.socket.send(Buffer.from(JSON.stringify({ event: 'customers' })));
    expect((await client.events(2))[1]?.data).toMatchObject({ tenantId: A });
  });

  it('broadcast to the connections of one tenant only', async () => {
    const connections = app.app.get(TenantConnections);
    const [a1, a2, b] = [await connect('/ws', as(A)), await connect('/ws', as(A)), await connect('/ws', as(B))];
    const open = await connect('/mixed', { 'x-tenant-id': A });
    while (connections.of(A).length < 2 || connections.of(B).length < 1) await sleep(1);
    expect(connections.broadcast(A.toUpperCase(), 'news', { for: 'A' })).toBe(2);
    expect(await a1.events(1)).toEqual([{ event: 'news', data: { for: 'A' } }]);
    expect(await a2.events(1)).toEqual([{ event: 'news', data: { for: 'A' } }]);
    await b.ask('customers');
    await open.ask('ping');
    expect([...b.received, ...open.received].map(({ event }) => event)).not.toContain('news');
    await a1.close();
    while (connections.of(A).length > 1) await sleep(1);
    expect(connections.broadcast(A, 'news')).toBe(1);
  });
});
