import { randomUUID } from 'node:crypto';
import { TransactionHost } from '@nestarc/prisma';
import type { TestDatabase } from '@nestarc/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditService, type AuditRevertConflictError } from '../../src';
import { as, asOwner, createAuditedDatabase, createClient, mark, withSession } from '../fixture/database';
import type { PrismaClient } from '../fixture/generated/client';

let database: TestDatabase;
let prisma: PrismaClient;
let audit: AuditService;
beforeAll(async () => {
  database = await createAuditedDatabase();
  prisma = createClient(database.appUrl);
  audit = AuditService.of(prisma);
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});

const TABLES = ['users', 'posts', 'comments', 'tags', '"_PostToTag"', 'specimens', 'seats', 'accounts', 'settings'];

/** All rows of all tables, as text. */
async function state(): Promise<unknown> {
  const queries = TABLES.map(
    (table) => `SELECT '${table}' AS t, COALESCE(json_agg(r::text ORDER BY r::text), '[]') AS rows FROM ${table} r`,
  );
  return withSession(database.ownerUrl, async (client) => {
    await client.query(`SET app.current_tenant = 'a'`);
    return (await client.query<Record<string, unknown>>(queries.join(' UNION ALL '))).rows;
  });
}

/** Runs work as a request, and gives its id. */
async function request(work: () => Promise<unknown>): Promise<string> {
  const requestId = randomUUID();
  await as('a', work, { requestId });
  return requestId;
}

const revert = (requestId: string): Promise<unknown> =>
  as('a', () => audit.revert(requestId), { requestId: randomUUID() });

const obstacles = async (requestId: string): Promise<string[]> => {
  const error = await revert(requestId).then(
    () => expect.unreachable('nothing stood in the way'),
    (thrown: unknown) => thrown as AuditRevertConflictError,
  );
  expect(error).toMatchObject({ code: 'AUDIT_REVERT_CONFLICT', status: 409 });
  return error.conflicts.map(({ model, obstacle }) => `${String(model)} ${obstacle}`);
};

const user = (name = 'n') => prisma.user.create({ data: { email: randomUUID(), name } });

describe('revert', () => {
  it('brings all rows of a request back, whatever it did to them', async () => {
    const made = await as('a', async () => {
      const tag = await prisma.tag.create({ data: { name: randomUUID() } });
      const author = await prisma.user.create({
        data: {
          email: randomUUID(),
          posts: { create: { title: 't', comments: { create: { body: 'b' } }, tags: { connect: { id: tag.id } } } },
        },
        include: { posts: true },
      });
      await prisma.specimen.create({
        data: {
          id: 2n ** 60n,
          big: -(2n ** 62n),
          amount: '12345678901234567890.123456789012345678901234567891',
          price: '12.50',
          ratio: 0.1,
          document: { n: 1.5, deep: [null, { set: 'x' }] },
          role: 'admin',
          roles: ['admin', 'member'],
          numbers: [2n ** 60n],
          amounts: ['1.10'],
          words: ['a"', "b'"],
          at: new Date(1),
          day: new Date('2026-01-02'),
          isOpen: true,
          quotation: '$audit$',
        },
      });
      await prisma.setting.create({ data: { key: 'k', value: '1' } });
      return { author, tag };
    });
    const before = await state();
    const requestId = await request(async () => {
      const other = await user('other');
      await prisma.post.create({ data: { title: 'new', authorId: other.id, tags: { connect: { id: made.tag.id } } } });
      await prisma.user.update({ where: { id: made.author.id }, data: { name: 'x' } });
      await prisma.user.update({ where: { id: made.author.id }, data: { visits: { increment: 2 } } });
      await prisma.user.delete({ where: { id: made.author.id } });
      await prisma.specimen.updateMany({ data: { big: 1n, amount: '2', document: { a: 1 }, roles: [], at: null } });
      await prisma.specimen.deleteMany();
      await prisma.setting.update({ where: { key: 'k' }, data: { key: 'l', value: '2' } });
      await prisma.seat.createMany({ data: [1n, 2n].map((number) => ({ hall: 'r', number })) });
    });
    expect(await state()).not.toEqual(before);
    const since = await mark(database);
    const undone = await as('a', () => audit.revert(requestId, { reason: 'ticket 9' }), {
      requestId: 'undo',
      actor: { id: 'u9', type: 'user' },
    });
    expect(await state()).toEqual(before);
    const entries = await since.entries();
    expect(undone).toEqual({ requestId, reverted: entries.length - 1 });
    expect(new Set(entries.map(({ xid }) => xid)).size).toBe(1);
    expect(new Set(entries.map(({ reason, actor_id: actor }) => `${String(reason)} ${String(actor)}`))).toEqual(
      new Set(['ticket 9 u9']),
    );
    expect(entries.at(-1)).toMatchObject({
      action: 'Request.reverted',
      target_type: 'Request',
      target_id: requestId,
      metadata: { revertOf: requestId, reverted: entries.length - 1 },
    });
    // What undid it is a request as well.
    await revert('undo');
    expect(await state()).not.toEqual(before);
  });

  it('is for a request of the tenant, and for one that is there', async () => {
    const requestId = await request(user);
    await expect(as('b', () => audit.revert(requestId))).rejects.toMatchObject({ code: 'AUDIT_REQUEST_NOT_FOUND' });
    await expect(revert('nobody')).rejects.toMatchObject({ code: 'AUDIT_REQUEST_NOT_FOUND', status: 404 });
    await expect(audit.revert(requestId)).rejects.toMatchObject({ code: 'TENANT_CONTEXT_MISSING' });
    await revert(requestId);
    expect(await obstacles(requestId)).toEqual(['User changed']);
  });

  it('names every row that was changed since, or is gone, and undoes nothing', async () => {
    const [one, two, three] = await as('a', () => Promise.all([user(), user(), user()]));
    const ids = [one.id, two.id, three.id];
    const requestId = await request(() => prisma.user.updateMany({ where: { id: { in: ids } }, data: { name: 'm' } }));
    await as('a', () => prisma.user.update({ where: { id: one.id }, data: { name: 'since' } }));
    await as('a', () => prisma.user.delete({ where: { id: two.id } }));
    const before = await state();
    expect(await obstacles(requestId)).toEqual(['User changed', 'User changed']);
    expect(await state()).toEqual(before);
  });

  it('does not pass over changes of others in between', async () => {
    const { id } = await as('a', () => user('0'));
    const set = (name: string) => prisma.user.update({ where: { id }, data: { name, visits: { increment: 1 } } });
    const requestId = await request(async () => {
      await set('1');
      await as('a', () => set('2'), { requestId: 'other' });
      await set('3');
    });
    expect(await obstacles(requestId)).toEqual(['User changed']);
  });

  it('does not take along what others hung on a row that it would delete', async () => {
    let id = '';
    const requestId = await request(async () => ({ id } = await user()));
    await as('a', () => prisma.post.create({ data: { title: 't', authorId: id } }));
    expect(await obstacles(requestId)).toEqual(['User referenced']);
    expect(await as('a', () => prisma.post.count({ where: { authorId: id } }))).toBe(1);
  });

  it('is refused where a key was taken meanwhile', async () => {
    await as('a', () => prisma.setting.create({ data: { key: 'taken', value: '1' } }));
    const deletion = await request(() => prisma.setting.delete({ where: { key: 'taken' } }));
    await as('a', () => prisma.setting.create({ data: { key: 'taken', value: '2' } }));
    expect(await obstacles(deletion)).toEqual(['Setting exists']);
    const email = randomUUID();
    const { id } = await as('a', () => prisma.user.create({ data: { email } }));
    const rename = await request(() => prisma.user.update({ where: { id }, data: { email: randomUUID() } }));
    await as('a', () => prisma.user.create({ data: { email } }));
    expect(await obstacles(rename)).toEqual(['User constraint']);
  });

  it('is refused where values are not recorded, and leaves such values alone elsewhere', async () => {
    const create = () => prisma.account.create({ data: { iban: 'DE1', password: 'p' } });
    const { id } = await as('a', create);
    const rename = await request(() => prisma.account.update({ where: { id }, data: { password: 'q' } }));
    await revert(rename);
    expect(await as('a', () => prisma.account.findUnique({ where: { id } }))).toMatchObject({
      iban: 'DE1',
      password: 'p',
    });
    expect(
      await obstacles(await request(() => prisma.account.update({ where: { id }, data: { iban: 'DE2' } }))),
    ).toEqual(['Account redacted']);
    expect(await obstacles(await request(() => prisma.account.delete({ where: { id } })))).toEqual([
      'Account redacted',
    ]);
    await revert(await request(create));
    const bytes = () => prisma.specimen.create({ data: { id: 7n, data: Buffer.from('x') } });
    await revert(await request(bytes));
    await as('a', bytes);
    expect(await obstacles(await request(() => prisma.specimen.delete({ where: { id: 7n } })))).toEqual([
      'Specimen redacted',
    ]);
  });

  it('is refused where changes were suppressed, or a table was emptied', async () => {
    const requestId = randomUUID();
    const suppressed = { 'app.audit_context': '{"suppressed":true}' };
    await as('a', () => prisma.setting.create({ data: { key: randomUUID(), value: '' } }), {
      requestId,
      settings: suppressed,
    });
    expect(await obstacles(requestId)).toEqual(['Setting suppressed']);
    const emptying = await request(() => prisma.seat.create({ data: { hall: 'e', number: 1n } }));
    await asOwner(database, `BEGIN; SET LOCAL app.request_id = '${emptying}'; TRUNCATE seats; COMMIT`);
    expect(await obstacles(emptying)).toEqual(['Seat truncated', 'Seat changed']);
  });

  it('is part of the transaction that runs, and aborts it when it cannot be done, whoever catches that', async () => {
    const { id } = await as('a', () => user('0'));
    const set = (name: string) => prisma.user.update({ where: { id }, data: { name } });
    const nameOf = async () => (await as('a', () => prisma.user.findUnique({ where: { id } })))?.name;
    const first = await request(() => set('1'));
    const stop = new Error('stop');
    for (const run of [
      (work: () => Promise<void>) => TransactionHost.of(prisma).run(work),
      (work: () => Promise<void>) => prisma.$transaction(work),
    ]) {
      const stopped = async (): Promise<void> => {
        await audit.revert(first);
        throw stop;
      };
      await expect(as('a', () => run(stopped))).rejects.toBe(stop);
      expect(await nameOf()).toBe('1');
      const caught = async (): Promise<void> => {
        await audit.log({ action: 'half' });
        await audit.revert('nobody').catch(() => undefined);
        const other = await prisma.user.create({ data: { email: randomUUID() } });
        expect(other).toBeDefined();
      };
      await as('a', () => run(caught)).catch(() => undefined);
    }
    const conflicting = await request(() => set('2'));
    await as('a', () => set('3'));
    const since = await mark(database);
    await as('a', () =>
      prisma.$transaction(async () => {
        await audit.log({ action: 'half' });
        await audit.revert(conflicting).catch(() => undefined);
      }),
    ).catch(() => undefined);
    expect(await since.entries()).toEqual([]);
    expect(await nameOf()).toBe('3');
  });

  it('brings softly deleted rows back that policies hide', async () => {
    await asOwner(
      database,
      `CREATE POLICY hidden ON users AS RESTRICTIVE USING (deleted_at IS NULL OR current_setting('app.deleted_rows', true) = '*')`,
    );
    try {
      const { id } = await as('a', () => user());
      const requestId = randomUUID();
      await as('a', () => prisma.user.update({ where: { id }, data: { deletedAt: new Date() } }), {
        requestId,
        settings: { 'app.deleted_rows': '*' },
      });
      expect(await as('a', () => prisma.user.count({ where: { id } }))).toBe(0);
      await revert(requestId);
      expect(await as('a', () => prisma.user.count({ where: { id, deletedAt: null } }))).toBe(1);
    } finally {
      await asOwner(database, 'DROP POLICY hidden ON users');
    }
  });
});
