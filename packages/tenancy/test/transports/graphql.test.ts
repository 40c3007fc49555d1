import { createContext, parseTenantId, runWithContext } from '@nestarc/core';
import { type ServedApp, serveOn } from '@nestarc/testing';
import type { PubSub } from 'graphql-subscriptions';
import { SignJWT } from 'jose';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TenantSubscriptionsOptions } from '../../src/graphql';
import { jwtProof } from '../../src/jwt';
import { DIRECT_POOL } from '../fixture/database-path';
import { A, B, IsolationFixture } from '../fixture/isolation-fixture';
import { graphqlModule, post, PUB_SUB, Subscriber } from './graphql-fixture';
import { ran } from './ws-fixture';

const SECRET = 'a secret of this test of at least 32 bytes';
const CHANGES = 'subscription { changes { what tenant owners } }';

const tokenOf = (tenantId: string, secret = SECRET): Promise<string> =>
  new SignJWT({ tenant_id: tenantId })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('somebody')
    .setIssuer('test')
    .setAudience('test')
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(secret));

const as = async (tenantId: string, secret?: string): Promise<Record<string, string>> => ({
  'x-tenant-id': tenantId,
  authorization: `Bearer ${await tokenOf(tenantId, secret)}`,
});

let fixture: IsolationFixture;
beforeAll(async () => {
  fixture = await IsolationFixture.create(DIRECT_POOL);
});
afterAll(() => fixture.close());
beforeEach(() => fixture.seed());

const serve = (subscriptions?: TenantSubscriptionsOptions | false): Promise<ServedApp> => {
  const proof = jwtProof({ secret: SECRET, issuer: 'test', audience: 'test' });
  const options = { tenantExtractor: 'X-Tenant-Id', proof };
  return serveOn('express', graphqlModule(options, fixture.database.appUrl, subscriptions));
};

const subscribers: Subscriber[] = [];
afterEach(async () => {
  await Promise.all(subscribers.splice(0).map((one) => one.close()));
});

describe('operations of GraphQL', () => {
  let app: ServedApp;
  beforeAll(async () => {
    app = await serve();
  });
  beforeEach(() => void ran.splice(0));
  afterAll(() => app.close());

  const subscribe = (query: string, headers: Record<string, string>, params?: Record<string, unknown>): Subscriber => {
    const subscriber = new Subscriber(app.url, query, headers, params);
    subscribers.push(subscriber);
    return subscriber;
  };
  /** Waits until the handlers have subscribed. */
  const started = async (count: number): Promise<void> => {
    while (ran.filter(({ handler }) => handler === 'changes').length < count) await sleep(1);
    await sleep(20);
  };
  const publish = (what: string): Promise<void> =>
    app.app.get<PubSub>(PUB_SUB).publish('changes', { changes: { what } });

  it('show a query the rows of its tenant', async () => {
    expect(await post(app.url, '{ customers { tenantId } }', await as(A))).toEqual({
      data: { customers: [{ tenantId: A }, { tenantId: A }] },
    });
    expect((await post(app.url, '{ customers { tenantId } }', await as(B))).data).toEqual({
      customers: [{ tenantId: B }],
    });
  });

  it('write what a mutation adds for its tenant', async () => {
    const mutation = 'mutation { addCustomer(email: "new@example.com") { tenantId } }';
    expect((await post(app.url, mutation, await as(B))).data).toEqual({ addCustomer: { tenantId: B } });
  });

  it('run several root fields for one tenant, and one that bypasses tenancy without', async () => {
    const query = '{ one: customers { tenantId } health { tenantId visible } two: customers { tenantId } }';
    for (const [tenantId, rows] of [
      [A, 2],
      [B, 1],
    ] as const) {
      expect((await post(app.url, query, await as(tenantId))).data).toEqual({
        one: Array.from({ length: rows }, () => ({ tenantId })),
        health: { tenantId: null, visible: 0 },
        two: Array.from({ length: rows }, () => ({ tenantId })),
      });
    }
    expect((await post(app.url, '{ health { tenantId visible } }')).data).toEqual({
      health: { tenantId: null, visible: 0 },
    });
  });

  it.each([
    ['no tenant', () => ({}), 'UNAUTHENTICATED', 'TENANT_UNVERIFIED'],
    ['a tenant without a token', () => ({ 'x-tenant-id': A }), 'UNAUTHENTICATED', 'TENANT_UNVERIFIED'],
    ['a forged token', () => as(A, 'another secret of at least 32 bytes!!'), 'UNAUTHENTICATED', 'TENANT_PROOF_INVALID'],
    [
      'the token of another tenant',
      async () => ({ ...(await as(B)), 'x-tenant-id': A }),
      'FORBIDDEN',
      'TENANT_FORBIDDEN',
    ],
    [
      'a malformed tenant',
      async () => ({ ...(await as(A)), 'x-tenant-id': '../b' }),
      'BAD_REQUEST',
      'TENANT_ID_INVALID',
    ],
  ])('refuse %s, and run nothing', async (_what, headersOf, code, reason) => {
    const headers: Record<string, string> = await Promise.resolve<object>(headersOf()).then((made) => ({ ...made }));
    for (const query of ['{ customers { tenantId } }', 'mutation { addCustomer(email: "x@y.z") { id } }']) {
      const answer = await post(app.url, query, headers);
      expect(answer.data ?? null).toBeNull();
      expect(answer.errors?.[0]?.extensions).toMatchObject({ code, reason, originalError: { code: reason } });
    }
    const subscriber = subscribe(CHANGES, headers);
    const [refused] = await subscriber.first(1);
    expect(refused?.errors?.[0]?.extensions).toMatchObject({ reason });
    expect(await subscriber.done).toBe('complete');
    expect(ran).toEqual([]);
  });

  it('give each subscriber the events as its own tenant, whoever has published them', async () => {
    const [a, b] = [subscribe(CHANGES, await as(A)), subscribe(CHANGES, await as(B))];
    await started(2);
    const third = createContext({ tenantId: parseTenantId('third') });
    await runWithContext(third, () => publish('by a third tenant'));
    await runWithContext(createContext({ tenantId: parseTenantId(B) }), () => publish('by B'));
    await publish('by nobody');
    const [ofA, ofB] = await Promise.all([a.first(3), b.first(3)]);
    const whats = ['by a third tenant', 'by B', 'by nobody'];
    expect(ofA).toEqual(whats.map((what) => ({ data: { changes: { what, tenant: A, owners: [A, A] } } })));
    expect(ofB).toEqual(whats.map((what) => ({ data: { changes: { what, tenant: B, owners: [B] } } })));
    expect(ran.map(({ tenantId }) => tenantId).sort()).toEqual([A, B]);
  });

  it('run filters and resolvers of events as the subscriber', async () => {
    const subscriber = subscribe('subscription { filtered { what tenant owners } }', await as(A));
    await sleep(200);
    await runWithContext(createContext({ tenantId: parseTenantId(B) }), () => publish('by B'));
    expect(await subscriber.first(1)).toEqual([{ data: { filtered: { what: 'by B', tenant: A, owners: [A, A] } } }]);
    expect(ran).toEqual([
      { handler: 'filter', tenantId: A },
      { handler: 'resolve', tenantId: A },
    ]);
  });

  it('run queries that come over the WebSocket as its tenant', async () => {
    const [answer] = await subscribe('{ customers { tenantId } }', await as(B)).first(1);
    expect(answer).toEqual({ data: { customers: [{ tenantId: B }] } });
  });

  it('do not look for the tenant in connectionParams unless told to', async () => {
    const [answer] = await subscribe(CHANGES, {}, await as(A)).first(1);
    expect(answer?.errors?.[0]?.extensions).toMatchObject({ reason: 'TENANT_UNVERIFIED' });
    expect(ran).toEqual([]);
  });
});

describe('headers from connectionParams', () => {
  let app: ServedApp;
  beforeAll(async () => {
    app = await serve({
      headers: ({ authorization, tenant }) => ({ authorization, 'X-Tenant-Id': tenant }),
    });
  });
  afterAll(() => app.close());

  const ask = async (headers: Record<string, string>, params: Record<string, unknown>): Promise<unknown> => {
    const subscriber = new Subscriber(app.url, '{ customers { tenantId } }', headers, params);
    subscribers.push(subscriber);
    return (await subscriber.first(1))[0];
  };

  it('are read where the application says how', async () => {
    const { authorization } = await as(B);
    expect(await ask({}, { authorization, tenant: B })).toEqual({ data: { customers: [{ tenantId: B }] } });
  });

  it('do not overrule those of the request that opened the WebSocket', async () => {
    const { authorization } = await as(B);
    const answer = await ask({ 'x-tenant-id': A }, { authorization, tenant: B });
    expect(answer).toMatchObject({ errors: [{ extensions: { reason: 'HEADER_REPEATED' } }] });
  });

  it('are ignored where they are no texts', async () => {
    const { authorization } = await as(B);
    const answer = await ask({}, { authorization: { authorization }, tenant: [B] });
    expect(answer).toMatchObject({ errors: [{ extensions: { reason: 'TENANT_UNVERIFIED' } }] });
  });
});

describe('subscriptions without tenantSubscriptions()', () => {
  let app: ServedApp;
  beforeAll(async () => {
    app = await serve(false);
  });
  beforeEach(() => void ran.splice(0));
  afterAll(() => app.close());

  it.each([CHANGES, '{ customers { tenantId } }'])('are refused, and %s does not run', async (query) => {
    const subscriber = new Subscriber(app.url, query, await as(A));
    subscribers.push(subscriber);
    const [answer] = await subscriber.first(1);
    expect(answer?.errors?.[0]?.extensions).toMatchObject({ reason: 'TENANT_OPERATION_UNSCOPED' });
    expect(ran).toEqual([]);
  });
});
