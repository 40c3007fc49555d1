import { createContext, currentContext, parseTenantId, runWithContext } from '@nestarc/core';
import type { TestDatabase } from '@nestarc/testing';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditContext, type AuditActor, mergeContextMetadata } from '../../src';
import { type AuditedClient, createAudited } from '../fixture/audited-client';
import { as, createAuditedDatabase, mark } from '../fixture/database';

const ALICE: AuditActor = { id: 'alice', type: 'user' };
const BOB: AuditActor = { id: 'bob', type: 'api_key', ip: '::1' };

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

const create = (client: Pick<AuditedClient, 'user'> = prisma) => client.user.create({ data: { email: randomUUID() } });
const request = <T>(work: () => T | PromiseLike<T>): Promise<T> => as('a', work, { requestId: 'r1' });

describe('runAs', () => {
  it('records the actor of an operation that its callback returns without waiting for it', async () => {
    const since = await mark(database);
    await request(() => AuditContext.runAs(ALICE, () => create()));
    const lazy = await request(() => ({ made: AuditContext.runAs(BOB, () => create()) }));
    await as('a', () => lazy.made, { requestId: 'r2', actor: { id: 'mallory', type: 'user' } });
    expect(
      (await since.entries()).map((entry) => [entry.actor_id, entry.actor_type, entry.actor_ip, entry.request_id]),
    ).toEqual([
      ['alice', 'user', null, 'r1'],
      ['bob', 'api_key', '::1', 'r1'],
    ]);
  });

  it('keeps the request, the correlation id, the reason and the metadata, and gives the actor back', async () => {
    const since = await mark(database);
    await request(() =>
      AuditContext.run(
        { actor: ALICE, noAudit: true, reason: 'ticket', metadata: { a: 1 }, correlationId: 'c1' },
        async () => {
          await AuditContext.runAs(BOB, () => create());
          expect(AuditContext.getActor()).toEqual(ALICE);
        },
      ),
    );
    expect(await since.entries()).toMatchObject([
      { actor_id: 'bob', request_id: 'r1', correlation_id: 'c1', reason: 'ticket', metadata: { a: 1 }, op: 'insert' },
    ]);
    expect((await since.entries())[0]?.metadata).not.toHaveProperty('suppressed');
  });

  it('records whom the actor stands in for', async () => {
    const since = await mark(database);
    await request(() => AuditContext.runAs({ ...ALICE, onBehalfOf: { id: 'carol', type: 'user' } }, () => create()));
    expect(await since.entries()).toMatchObject([{ actor_id: 'alice', on_behalf_of: { id: 'carol', type: 'user' } }]);
  });

  it('outside of any request makes one, so that what it does belongs together', async () => {
    const since = await mark(database);
    await AuditContext.runAs({ id: 'nightly', type: 'job' }, async () => {
      await prisma.setting.create({ data: { key: randomUUID(), value: '' } });
      await prisma.setting.create({ data: { key: randomUUID(), value: '' } });
    });
    const entries = await since.entries();
    expect(entries).toMatchObject([
      { actor_id: 'nightly', actor_type: 'job' },
      { actor_id: 'nightly', actor_type: 'job' },
    ]);
    expect(entries[0]?.request_id).toMatch(/^[0-9a-f-]{36}$/);
    expect(entries[1]?.request_id).toBe(entries[0]?.request_id);
  });
});

describe('what is said about a request', () => {
  it('goes into its entries from then on, and into no others', async () => {
    const since = await mark(database);
    await request(async () => {
      const before = create();
      AuditContext.setReason('ticket 7');
      AuditContext.setMetadata({ a: 1, b: 1 });
      AuditContext.setMetadata({ b: 2, big: 3n });
      AuditContext.setActor(ALICE);
      await before;
      await create();
      AuditContext.setActor(null);
      await create();
    });
    await request(() => create());
    expect(
      (await since.entries()).map(({ actor_id: actor, reason, metadata }) => [actor, reason, metadata?.['b']]),
    ).toEqual([
      [null, null, undefined],
      ['alice', 'ticket 7', 2],
      [null, 'ticket 7', 2],
      [null, null, undefined],
    ]);
  });

  it('is told by the getters, and is a copy', () => {
    runWithContext(createContext({ requestId: 'r1' }), () => {
      expect(AuditContext.getStore()).toBeUndefined();
      expect([AuditContext.getActor(), AuditContext.isNoAudit(), AuditContext.getCorrelationId()]).toEqual([
        null,
        false,
        'r1',
      ]);
      const metadata = { a: 1 };
      AuditContext.run({ actor: BOB, noAudit: true, actionOverride: 'x.y', reason: 'why', metadata }, () => {
        metadata.a = 2;
        const store = {
          actor: BOB,
          noAudit: true,
          actionOverride: 'x.y',
          reason: 'why',
          metadata: { a: 1 },
          correlationId: 'r1',
        };
        expect(AuditContext.getStore()).toEqual(store);
        expect(Object.isFrozen(AuditContext.getStore())).toBe(true);
        expect(AuditContext.getActor()).toEqual(BOB);
        expect(currentContext()?.actor).toEqual({ id: 'bob', type: 'api_key' });
        expect([AuditContext.isNoAudit(), AuditContext.getActionOverride()]).toEqual([true, 'x.y']);
        expect([AuditContext.getMetadata(), AuditContext.getReason()]).toEqual([{ a: 1 }, 'why']);
        expect(mergeContextMetadata({ a: 3, c: 4 })).toEqual({ a: 3, c: 4, reason: 'why' });
      });
      expect(mergeContextMetadata()).toBeUndefined();
    });
  });

  it('is nothing outside of any request', () => {
    AuditContext.setActor(ALICE);
    AuditContext.setMetadata({ a: 1 });
    AuditContext.setReason('why');
    expect([AuditContext.getStore(), AuditContext.getActor(), AuditContext.getReason()]).toEqual([
      undefined,
      null,
      undefined,
    ]);
    expect([AuditContext.getMetadata(), AuditContext.getCorrelationId()]).toEqual([undefined, undefined]);
  });

  it('is sent only where there is something to say', () => {
    const settingsAfter = (work: () => void) =>
      runWithContext(createContext({ requestId: 'r1', settings: { 'app.other': '1' } }), () => {
        work();
        return currentContext()?.settings;
      });
    expect(settingsAfter(() => AuditContext.setActor(ALICE))).toEqual({ 'app.other': '1' });
    expect(settingsAfter(() => AuditContext.setReason('why'))).toEqual({
      'app.other': '1',
      'app.audit_context': '{"reason":"why"}',
    });
    const back = (): void => {
      AuditContext.setActor(BOB);
      AuditContext.setActor(ALICE);
    };
    expect(settingsAfter(back)).toEqual({ 'app.other': '1' });
  });

  it('may hold text that PostgreSQL has no place for, without making the write fail', async () => {
    const since = await mark(database);
    await request(async () => {
      AuditContext.setMetadata({ agent: 'a\0b', half: '\ud83d', whole: '😀', path: 'C:\\u0000', 'k\0': 1 });
      await create();
    });
    expect((await since.entries())[0]?.metadata).toMatchObject({
      agent: 'a\ufffdb',
      half: '\ufffd',
      whole: '😀',
      path: 'C:\\u0000',
      'k\ufffd': 1,
    });
  });

  it.each([
    ['a list', []],
    ['a text', 'x'],
    [
      'a circle',
      Object.assign(
        {},
        {
          toJSON: () => {
            throw new Error('circle');
          },
        },
      ),
    ],
  ])('is refused where it is said when it is %s', (_what, metadata) => {
    runWithContext(createContext(), () => {
      const say = (): void => AuditContext.setMetadata(metadata as never);
      expect(say).toThrow(expect.objectContaining({ code: 'AUDIT_METADATA_INVALID' }));
    });
  });

  it.each([
    [{ id: {}, type: 'user' }],
    [{ id: 'u' }],
    ['u'],
    [{ id: 'u', type: 'user', onBehalfOf: { type: 'user' } }],
  ])('refuses %j for an actor', (actor) => {
    const run = (): void => AuditContext.runAs(actor as never, () => undefined);
    expect(run).toThrow(expect.objectContaining({ code: 'AUDIT_ACTOR_INVALID' }));
  });
});

describe('work that outlives what started it', () => {
  it('keeps the request, the tenant and the actor, after a transaction that it was started in as well', async () => {
    const since = await mark(database);
    const late: Promise<unknown>[] = [];
    await request(() =>
      AuditContext.runAs(ALICE, () =>
        prisma.withAuditTransaction(async (tx) => {
          await create(tx);
          late.push(sleep(30).then(() => create(tx)));
        }),
      ),
    );
    expect(await Promise.allSettled(late)).toMatchObject([{ status: 'fulfilled' }]);
    const entries = await since.entries();
    expect(entries.map(({ tenant_id: tenant, actor_id: actor, request_id: id }) => [tenant, actor, id])).toEqual([
      ['a', 'alice', 'r1'],
      ['a', 'alice', 'r1'],
    ]);
    expect(entries[0]?.xid).not.toBe(entries[1]?.xid);
  });
});

/** For a hundred transactions on one connection. */
const PATIENT = { maxWait: 60_000, timeout: 60_000 };

describe('200 requests side by side', () => {
  it.each([1, 10])('never share an actor, a tenant or a reason, on %i connections', async (max) => {
    const client = createAudited(database.appUrl, {}, max);
    const since = await mark(database);
    const one = async (n: number): Promise<void> => {
      const tenant = ['a', 'b', 'c'][n % 3] ?? 'a';
      const context = createContext({ tenantId: parseTenantId(tenant), requestId: `r${n}` });
      await runWithContext(context, async () => {
        await sleep(n % 7);
        if (n % 4 > 0) AuditContext.setActor({ id: `u${n}`, type: 'user' });
        if (n % 5 > 0) AuditContext.setReason(`because of ${n}`);
        await sleep(n % 3);
        const email = `${randomUUID()}#${n}`;
        if (n % 2 === 0) await client.user.create({ data: { email } });
        else await client.withAuditTransaction((tx) => tx.user.create({ data: { email } }), PATIENT);
      });
    };
    await Promise.all(Array.from({ length: 200 }, (_, n) => one(n)));
    const settings = await client.$queryRaw<{ left: string | null }[]>`
      SELECT NULLIF(concat(current_setting('app.actor_id', true), current_setting('app.audit_context', true)), '') AS left`;
    expect(settings).toEqual([{ left: null }]);
    await client.$disconnect();
    const entries = await since.entries();
    expect(entries).toHaveLength(200);
    for (const entry of entries) {
      const n = Number(String(entry.new?.['email']).split('#')[1]);
      expect(entry).toMatchObject({
        tenant_id: ['a', 'b', 'c'][n % 3],
        request_id: `r${n}`,
        actor_id: n % 4 > 0 ? `u${n}` : null,
        reason: n % 5 > 0 ? `because of ${n}` : null,
      });
    }
  });
});
