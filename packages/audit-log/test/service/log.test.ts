import { randomUUID } from 'node:crypto';
import { TransactionHost } from '@nestarc/prisma';
import type { TestDatabase } from '@nestarc/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditService, type ManualAuditLogInput } from '../../src';
import { as, asWith, createAuditedDatabase, createClient, entriesOf, mark, withSession } from '../fixture/database';
import type { PrismaClient } from '../fixture/generated/client';

let database: TestDatabase;
let prisma: PrismaClient;
let audit: AuditService;
beforeAll(async () => {
  database = await createAuditedDatabase();
  prisma = createClient(database.appUrl);
  audit = AuditService.of(prisma, { sensitiveFields: ['password'], sensitiveFieldsByModel: { Invoice: ['card_no'] } });
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});

const user = (tx: PrismaClient | Parameters<Parameters<PrismaClient['$transaction']>[0]>[0] = prisma) =>
  tx.user.create({ data: { email: randomUUID() } });

describe('log', () => {
  it('writes an entry of the tenant, the actor and the request of the context', async () => {
    const since = await mark(database);
    const id = await as(
      'a',
      () => audit.log({ action: 'invoice.sent', targetType: 'Invoice', targetId: '7', metadata: { to: 'x' } }),
      { actor: { id: 'u1', type: 'user' }, requestId: 'r1' },
    );
    expect(await since.entries()).toMatchObject([
      {
        id,
        tenant_id: 'a',
        actor_id: 'u1',
        request_id: 'r1',
        action: 'invoice.sent',
        target_type: 'Invoice',
        target_id: '7',
        metadata: { to: 'x' },
        source: 'manual',
        result: 'success',
      },
    ]);
  });

  it('takes reason and metadata from the context, which the metadata of the entry goes over', async () => {
    const since = await mark(database);
    const context = { reason: 'ticket 7', metadata: { a: 1, b: 1 }, onBehalfOf: { id: 'u2' } };
    await asWith('a', { 'app.audit_context': JSON.stringify(context) }, () =>
      audit.log({ action: 'x', metadata: { b: 2 }, result: 'failure' }),
    );
    const [entry] = await since.entries();
    expect(entry).toMatchObject({ reason: 'ticket 7', on_behalf_of: { id: 'u2' }, result: 'failure' });
    expect(entry?.metadata).toMatchObject({ a: 1, b: 2 });
  });

  it.each<[string, object, string]>([
    ['a tenant', { action: 'x', tenantId: 'b' }, 'tenantId'],
    ['an actor', { action: 'x', actorId: 'u' }, 'actorId'],
    ['no action', { action: '' }, 'action'],
    ['a result that is none', { action: 'x', result: 'maybe' }, 'result'],
  ])('refuses an entry with %s, naming it', async (_what, input, path) => {
    await expect(as('a', () => audit.log(input as ManualAuditLogInput))).rejects.toThrow(path);
  });

  it('is refused without a tenant, in mode bypass as well, unless it was said that there need be none', async () => {
    const since = await mark(database);
    await expect(audit.log({ action: 'x' })).rejects.toMatchObject({ code: 'TENANT_CONTEXT_MISSING' });
    await expect(as('a', () => audit.log({ action: 'x' }), { mode: 'bypass' })).rejects.toMatchObject({
      code: 'TENANT_CONTEXT_MISSING',
    });
    const free = createClient(database.appUrl, { onMissingTenant: 'bypass' });
    await AuditService.of(free, { tenantRequired: false }).log({ action: 'y' });
    await free.$disconnect();
    expect((await since.entries()).map(({ action, tenant_id: tenant }) => [action, tenant])).toEqual([['y', null]]);
  });

  it('leaves out sensitive keys at every depth, whatever their case, and keeps big numbers', async () => {
    const since = await mark(database);
    await as('a', () =>
      audit.log({
        action: 'x',
        targetType: 'Invoice',
        metadata: { a: [{ PASS_WORD: 'p', big: 2n ** 60n }], cardNo: '4711', at: new Date(0), file: Buffer.from('x') },
      }),
    );
    await as('a', () => audit.log({ action: 'x', metadata: { cardNo: '4711' } }));
    const [first, second] = await since.entries();
    expect(first?.metadata).toMatchObject({
      a: [{ PASS_WORD: '[REDACTED]', big: '1152921504606846976' }],
      cardNo: '[REDACTED]',
      at: '1970-01-01T00:00:00.000Z',
      file: { length: 1 },
    });
    expect(second?.metadata).toMatchObject({ cardNo: '4711' });
    const circle: Record<string, unknown> = {};
    circle['me'] = circle;
    await expect(as('a', () => audit.log({ action: 'x', metadata: circle }))).rejects.toThrow('metadata.me');
  });

  it('gives the role of the application no way to write entries of another tenant', async () => {
    await withSession(database.appUrl, async (client) => {
      await client.query(`SELECT set_config('app.current_tenant', 'a', false)`);
      await expect(client.query(`INSERT INTO audit_logs (tenant_id, action) VALUES ('a', 'x')`)).rejects.toMatchObject({
        code: '42501',
      });
    });
    await as('a', () => audit.log({ action: 'forged', metadata: { tenant_id: 'b', tenantId: 'b' } }));
    expect((await entriesOf(database, `action = 'forged'`)).map(({ tenant_id: tenant }) => tenant)).toEqual(['a']);
  });
});

describe('log in a transaction', () => {
  const stop = new Error('stop');

  it('is part of the ambient one of a TransactionHost', async () => {
    const since = await mark(database);
    const host = TransactionHost.of(prisma);
    const work = (fails: boolean) => () =>
      host.run(async () => {
        await user();
        await audit.log({ action: 'x' });
        if (fails) throw stop;
      });
    await expect(as('a', work(true))).rejects.toBe(stop);
    expect(await since.entries()).toEqual([]);
    await as('a', work(false));
    const entries = await since.entries();
    expect(entries.map(({ action }) => action)).toEqual(['User.created', 'x']);
    expect(new Set(entries.map(({ xid }) => xid)).size).toBe(1);
  });

  it.each([
    ['that is handed over', true],
    ['whose callback is running', false],
  ])('is part of the one %s', async (_which, isHandedOver) => {
    const since = await mark(database);
    const single = createClient(database.appUrl, {}, 1);
    const service = AuditService.of(single);
    const work = (fails: boolean) => () =>
      single.$transaction(async (tx) => {
        await user(tx);
        await service.log({ action: 'x' }, isHandedOver ? tx : undefined);
        if (fails) throw stop;
      });
    try {
      await expect(as('a', work(true))).rejects.toBe(stop);
      expect(await since.entries()).toEqual([]);
      await as('a', work(false));
      expect(new Set((await since.entries()).map(({ xid }) => xid)).size).toBe(1);
    } finally {
      await single.$disconnect();
    }
  });

  it('is not part of one that has ended, nor of one of another client', async () => {
    const since = await mark(database);
    const other = createClient(database.appUrl);
    let late: Promise<unknown> = Promise.resolve();
    await as('a', () =>
      prisma.$transaction(async () => {
        late = new Promise((resolve) => setTimeout(resolve, 50)).then(() => audit.log({ action: 'late' }));
        await AuditService.of(other).log({ action: 'other' });
      }),
    );
    await late;
    await other.$disconnect();
    const xids = (await since.entries()).map(({ action, xid }) => `${action} ${xid}`);
    expect(xids.map((text) => text.split(' ')[0]).sort()).toEqual(['late', 'other']);
    expect(new Set(xids.map((text) => text.split(' ')[1])).size).toBe(2);
  });

  it('of another tenant is refused', async () => {
    await expect(
      as('a', () => prisma.$transaction((tx) => as('b', () => audit.log({ action: 'x' }, tx)))),
    ).rejects.toMatchObject({ code: 'TENANT_SWITCH_IN_TRANSACTION' });
  });
});
