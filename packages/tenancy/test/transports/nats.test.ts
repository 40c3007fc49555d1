import { findProgram, requireProgram } from '@nestarc/testing';
import type { INestApplicationContext } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TenancyModuleOptions } from '../../src';
import { DIRECT_POOL } from '../fixture/database-path';
import { A, B, IsolationFixture } from '../fixture/isolation-fixture';
import { NatsCaller, natsModule, serveNats, type Setup } from './nats-fixture';
import { type NatsServer, startNats } from './nats-server';
import { ran, tokenProof } from './ws-fixture';

requireProgram('nats-server');

const SETUPS: readonly Setup[] = [
  'a microservice',
  'a hybrid application',
  'a hybrid application that is not initialised',
];

const options: TenancyModuleOptions = { tenantExtractor: 'X-Tenant-Id', proof: tokenProof };

const as = (tenantId: string): Record<string, string> => ({
  'X-Tenant-Id': tenantId,
  Authorization: `token-${tenantId}`,
});

describe.runIf(findProgram('nats-server') !== undefined).each(SETUPS)('messages of NATS to %s', (setup) => {
  let fixture: IsolationFixture;
  let server: NatsServer;
  let app: INestApplicationContext;
  let caller: NatsCaller;

  beforeAll(async () => {
    fixture = await IsolationFixture.create(DIRECT_POOL);
    await fixture.seed();
    server = await startNats();
    app = await serveNats(setup, natsModule(options, fixture.database.appUrl), server.url);
    caller = new NatsCaller(server.url);
  });
  beforeEach(() => void ran.splice(0));
  afterAll(async () => {
    await caller.client.close();
    await app.close();
    await server.stop();
    await fixture.close();
  });

  it('are answered with the rows of the tenant of their headers', async () => {
    expect(await caller.ask('customers', as(A))).toEqual([{ tenantId: A, owners: [A, A] }]);
    expect(await caller.ask('customers', as(B))).toEqual([{ tenantId: B, owners: [B] }]);
  });

  it('are kept apart where they are interleaved, whatever tenant their payloads name', async () => {
    const tenants = Array.from({ length: 100 }, (_, n) => (n % 2 === 0 ? A : B));
    const answers = await Promise.all(
      tenants.map((tenantId) => {
        const other = tenantId === A ? B : A;
        return caller.ask('customers', as(tenantId), { tenantId: other, __tenantId: other });
      }),
    );
    for (const [n, tenantId] of tenants.entries()) {
      expect(answers[n]).toEqual([{ tenantId, owners: tenantId === A ? [A, A] : [B] }]);
    }
  });

  it('run what a handler streams in their tenant', async () => {
    const [ofA, ofB] = await Promise.all([caller.ask('live', as(A)), caller.ask('live', as(B))]);
    expect(ofA).toEqual(Array.from({ length: 3 }, () => ({ tenantId: A, owners: [A, A] })));
    expect(ofB).toEqual(Array.from({ length: 3 }, () => ({ tenantId: B, owners: [B] })));
  });

  it.each(['scoped', 'subclassed'])(
    'run handlers of the controller "%s" in their tenant, or not at all',
    async (one) => {
      expect(await caller.ask(one, as(B))).toEqual([{ tenantId: B, visible: 1 }]);
      expect(await caller.ask(one, { 'X-Tenant-Id': A })).toMatchObject([{ refused: { code: 'TENANT_UNVERIFIED' } }]);
      expect(ran).toEqual([{ handler: 'scoped', tenantId: B }]);
    },
  );

  const HOSTILE: readonly (readonly [string, Record<string, string | string[]>, string, number])[] = [
    ['no tenant', {}, 'TENANT_UNVERIFIED', 401],
    ['a tenant without evidence', { 'X-Tenant-Id': A }, 'TENANT_UNVERIFIED', 401],
    ['a forged token', { 'X-Tenant-Id': A, Authorization: 'forged' }, 'TENANT_PROOF_INVALID', 401],
    ['the token of another tenant', { 'X-Tenant-Id': A, Authorization: `token-${B}` }, 'TENANT_FORBIDDEN', 403],
    ['a malformed tenant', { 'X-Tenant-Id': "' OR 1=1" }, 'TENANT_ID_INVALID', 400],
    ['two tenants', { 'X-Tenant-Id': [A, B], Authorization: `token-${A}` }, 'HEADER_REPEATED', 400],
  ];

  it.each(HOSTILE)('are refused with %s, and run nothing', async (_what, headers, code, status) => {
    const payload = { tenantId: A, __tenantId: A };
    for (const pattern of ['customers', 'live']) {
      expect(await caller.ask(pattern, headers, payload)).toMatchObject([{ refused: { code, status } }]);
    }
    expect(ran).toEqual([]);
  });

  it.each(HOSTILE)('that are events are dropped with %s, and are announced', async (_what, headers) => {
    const announced: string[] = [];
    const listen = (event: string | string[]): void => void announced.push(String(event));
    const emitter = app.get(EventEmitter2);
    emitter.onAny(listen);
    await caller.emit('happened', headers);
    await caller.emit('happened', as(B));
    while (ran.length === 0) await sleep(1);
    emitter.offAny(listen);
    expect(ran).toEqual([{ handler: 'happened', tenantId: B }]);
    // Nobody listens before the application is initialised.
    if (setup !== 'a hybrid application that is not initialised') expect(announced[0]).toMatch(/^tenant\./);
  });

  it('run handlers that bypass tenancy without a tenant', async () => {
    expect(await caller.ask('health', { 'X-Tenant-Id': '../b' })).toEqual([{ tenantId: null, visible: 0 }]);
  });
});
