import { randomUUID } from 'node:crypto';
import type { TestDatabase } from '@nestarc/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { as, asWith, createAuditedDatabase, createClient, mark, withSession } from '../fixture/database';
import type { PrismaClient } from '../fixture/generated/client';

let database: TestDatabase;
let prisma: PrismaClient;
beforeAll(async () => {
  database = await createAuditedDatabase({ alwaysAuditedModels: ['Payment'] });
  prisma = createClient(database.appUrl);
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});

const create = (): Promise<{ id: string }> => prisma.user.create({ data: { email: randomUUID() } });
const audit = (context: object): Record<string, string> => ({ 'app.audit_context': JSON.stringify(context) });

describe('the context of a statement', () => {
  it('goes into its entries: actor, request, and what the settings say', async () => {
    const since = await mark(database);
    await as('a', create, {
      requestId: 'r1',
      actor: { id: 'u1', type: 'user' },
      settings: {
        'app.operation_id': 'o1',
        ...audit({
          onBehalfOf: { id: 'u2' },
          reason: 'ticket 7',
          metadata: { a: 1 },
          correlationId: 'c1',
          actorIp: '::1',
        }),
      },
    });
    expect((await since.entries())[0]).toMatchObject({
      tenant_id: 'a',
      actor_id: 'u1',
      actor_type: 'user',
      actor_ip: '::1',
      request_id: 'r1',
      correlation_id: 'c1',
      operation_id: 'o1',
      on_behalf_of: { id: 'u2' },
      reason: 'ticket 7',
      metadata: { a: 1 },
      action: 'User.created',
    });
  });

  it('holds for its own entries only, on connections that others use as well', async () => {
    const since = await mark(database);
    const single = createClient(database.appUrl, {}, 1);
    const work = (tenant: string, actor?: string): Promise<unknown> =>
      as(tenant, () => single.user.create({ data: { email: randomUUID(), name: `${tenant}/${actor ?? ''}` } }), {
        actor: actor === undefined ? undefined : { id: actor, type: 'user' },
        requestId: actor,
      });
    await Promise.all(
      Array.from({ length: 40 }, (_, n) => work(n % 2 === 0 ? 'a' : 'b', n % 3 === 0 ? undefined : `u${String(n)}`)),
    );
    await single.$disconnect();
    const entries = await since.entries();
    expect(entries).toHaveLength(40);
    for (const { new: fresh, tenant_id: tenant, actor_id: actor, request_id: request } of entries) {
      expect(fresh?.['name']).toBe(`${String(tenant)}/${actor ?? ''}`);
      expect(request).toBe(actor);
    }
  });

  it('may name the action, which leaves the verb where it was', async () => {
    const since = await mark(database);
    await asWith('a', audit({ action: 'invitation.accepted' }), create);
    expect((await since.entries())[0]).toMatchObject({
      action: 'invitation.accepted',
      op: 'insert',
      target_type: 'User',
    });
  });

  it('that is no JSON fails the statement', async () => {
    await expect(asWith('a', { 'app.audit_context': '{' }, create)).rejects.toThrow(/json/);
  });

  it('says whose session it was when a row of another tenant is changed', async () => {
    const since = await mark(database);
    await withSession(database.adminUrl, (client) =>
      client.query(
        `BEGIN; SET LOCAL app.current_tenant = 'a'; INSERT INTO users (tenant_id, email) VALUES ('b', '${randomUUID()}'); COMMIT`,
      ),
    );
    expect((await since.entries())[0]).toMatchObject({ tenant_id: 'b', metadata: { contextTenant: 'a' } });
  });
});

describe('a soft delete', () => {
  const during = (operation: string, work: () => Promise<unknown>): Promise<unknown> =>
    asWith('a', { 'app.operation': operation, 'app.operation_id': 'd1' }, work);

  it('is one entry that says so, and so are restore and purge', async () => {
    const { id } = await as('a', create);
    const since = await mark(database);
    const set = (deletedAt: Date | null) => () => prisma.user.update({ where: { id }, data: { deletedAt } });
    await during('softDelete', set(new Date()));
    await during('restore', set(null));
    await during('purge', () => prisma.user.delete({ where: { id } }));
    expect((await since.entries()).map(({ action, op, operation_id: operation }) => [action, op, operation])).toEqual([
      ['User.softDeleted', 'update', 'd1'],
      ['User.restored', 'update', 'd1'],
      ['User.purged', 'delete', 'd1'],
    ]);
  });

  it('is only what the row bears out: other changes meanwhile keep their verb', async () => {
    const { id } = await as('a', create);
    const since = await mark(database);
    await during('softDelete', () => prisma.user.update({ where: { id }, data: { visits: 5 } }));
    await during('softDelete', () => prisma.setting.create({ data: { key: randomUUID(), value: '' } }));
    await as('a', () => prisma.user.update({ where: { id }, data: { deletedAt: new Date() } }));
    expect((await since.entries()).map(({ action }) => action)).toEqual([
      'User.updated',
      'Setting.created',
      'User.updated',
    ]);
  });
});

describe('suppression', () => {
  it('leaves a marker that counts the rows, without their content', async () => {
    const since = await mark(database);
    const name = randomUUID();
    await asWith('a', audit({ suppressed: true, reason: 'import' }), async () => {
      await prisma.user.createMany({ data: [1, 2].map((n) => ({ email: `${name}${String(n)}`, name })) });
      await prisma.user.updateMany({ where: { name }, data: { visits: 1 } });
      await prisma.user.deleteMany({ where: { name } });
      await prisma.user.deleteMany({ where: { name } });
    });
    expect(
      (await since.entries()).map(({ action, target_id: target, old, new: fresh, metadata, reason }) => [
        action,
        target,
        old,
        fresh,
        metadata?.['count'],
        metadata?.['suppressed'],
        reason,
      ]),
    ).toEqual(
      ['User.created', 'User.updated', 'User.deleted'].map((action) => [action, null, null, null, 2, true, 'import']),
    );
  });

  it('does not hold for models that are always audited', async () => {
    const since = await mark(database);
    await asWith('a', audit({ suppressed: true }), () => prisma.payment.create({ data: { amount: 1 } }));
    expect((await since.entries())[0]).toMatchObject({ action: 'Payment.created', new: { amount: 1 } });
  });
});
