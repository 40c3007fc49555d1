import { randomUUID } from 'node:crypto';
import type { TestDatabase } from '@nestarc/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { as, asOwner, createAuditedDatabase, createClient, mark, withSession } from '../fixture/database';
import type { PrismaClient } from '../fixture/generated/client';

let database: TestDatabase;
let prisma: PrismaClient;
beforeAll(async () => {
  database = await createAuditedDatabase();
  prisma = createClient(database.appUrl);
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});

const email = (): string => `${randomUUID()}@example.com`;

describe('single operations', () => {
  it('are recorded once each, with what was there before and after, in the transaction of the change', async () => {
    const since = await mark(database);
    const id = await as('a', async () => {
      const created = await prisma.user.create({ data: { email: 'one@a', name: 'One' } });
      await prisma.user.update({ where: { id: created.id }, data: { name: 'Two' } });
      await prisma.user.upsert({ where: { id: created.id }, create: { email: 'x' }, update: { name: 'Three' } });
      await prisma.user.delete({ where: { id: created.id } });
      return created.id;
    });
    const entries = await since.entries();
    expect(
      entries.map(({ action, op, target_id: target, tenant_id: tenant, record }) => [
        action,
        op,
        target,
        tenant,
        record,
      ]),
    ).toEqual(
      [
        ['User.created', 'insert'],
        ['User.updated', 'update'],
        ['User.updated', 'update'],
        ['User.deleted', 'delete'],
      ].map(([action, op]) => [action, op, id, 'a', { id }]),
    );
    const names = entries.map(({ old, new: fresh }) => [old?.['name'], fresh?.['name']]);
    expect(names).toEqual([
      [undefined, 'One'],
      ['One', 'Two'],
      ['Two', 'Three'],
      ['Three', undefined],
    ]);
    expect(entries[0]).toMatchObject({ source: 'auto', result: 'success', target_type: 'User', old: null });
    expect(Object.keys(entries[0]?.new ?? {}).sort()).toEqual(
      ['deleted_at', 'email', 'id', 'name', 'role', 'tenant_id', 'updated_at', 'visits'].sort(),
    );
  });

  it('bear the id of the transaction that made the change', async () => {
    const since = await mark(database);
    const xid = await as('a', () =>
      prisma.$transaction(async (tx) => {
        await tx.user.create({ data: { email: email() } });
        const [row] = await tx.$queryRaw<{ xid: string }[]>`SELECT pg_current_xact_id()::text AS xid`;
        return row?.xid;
      }),
    );
    expect((await since.entries()).map((entry) => entry.xid)).toEqual([xid]);
  });

  it('leave nothing when the transaction is rolled back, whole or to a savepoint', async () => {
    const since = await mark(database);
    await as('a', async () => {
      await prisma
        .$transaction(async (tx) => {
          await tx.user.create({ data: { email: email() } });
          throw new Error('no');
        })
        .catch(() => undefined);
      const twice = email();
      await prisma
        .$transaction([prisma.user.create({ data: { email: twice } }), prisma.user.create({ data: { email: twice } })])
        .catch(() => undefined);
    });
    await withSession(database.appUrl, async (client) => {
      await client.query(`BEGIN; SET LOCAL app.current_tenant = 'a'; SAVEPOINT s;
        INSERT INTO users (email) VALUES ('gone'); ROLLBACK TO s; INSERT INTO users (email) VALUES ('kept'); COMMIT`);
    });
    expect((await since.entries()).map(({ new: fresh }) => fresh?.['email'])).toEqual(['kept']);
  });

  it('are not recorded when they change nothing', async () => {
    const { id } = await as('a', () => prisma.user.create({ data: { email: email(), name: 'same' } }));
    const since = await mark(database);
    await as('a', () => prisma.$executeRaw`UPDATE users SET name = 'same' WHERE id = ${id}::uuid`);
    await as('a', () => prisma.user.updateMany({ where: { name: 'nobody' }, data: { name: 'x' } }));
    expect(await since.entries()).toEqual([]);
  });

  it('leave the result and the arguments of the caller as they are', async () => {
    const since = await mark(database);
    const args = { data: { email: email() }, select: { name: true } } as const;
    const before = structuredClone(args);
    expect(await as('a', () => prisma.user.create(args))).toEqual({ name: null });
    expect(args).toEqual(before);
    expect((await since.entries())[0]?.target_id).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('operations on many rows', () => {
  it('are recorded row by row, those that return rows as well', async () => {
    const since = await mark(database);
    const stem = randomUUID();
    const rows = (n: number): { email: string; name: string }[] =>
      Array.from({ length: n }, (_, index) => ({ email: `${stem}-${String(n)}-${String(index)}`, name: stem }));
    await as('a', async () => {
      await prisma.user.createMany({ data: rows(3) });
      await prisma.user.createManyAndReturn({ data: rows(2) });
      await prisma.user.updateMany({ where: { name: stem }, data: { visits: 1 } });
      await prisma.user.updateManyAndReturn({ where: { name: stem }, data: { visits: { increment: 1 } } });
      await prisma.user.deleteMany({ where: { name: stem } });
    });
    const entries = await since.entries();
    const count = (op: string): number => entries.filter((entry) => entry.op === op).length;
    expect([count('insert'), count('update'), count('delete')]).toEqual([5, 10, 5]);
    const visits = entries
      .filter(({ op }) => op === 'update')
      .map(({ old, new: fresh }) => [old?.['visits'], fresh?.['visits']]);
    expect(visits).toEqual([...Array.from({ length: 5 }, () => [0, 1]), ...Array.from({ length: 5 }, () => [1, 2])]);
    expect(entries.every(({ old, new: fresh }) => old === null || fresh === null || old['id'] === fresh['id'])).toBe(
      true,
    );
  });

  it('are recorded for the rows that a limit leaves', async () => {
    const name = randomUUID();
    await as('a', () =>
      prisma.user.createMany({
        data: [
          { email: email(), name },
          { email: email(), name },
        ],
      }),
    );
    const since = await mark(database);
    await as('a', () => prisma.user.deleteMany({ where: { name }, limit: 1 }));
    const [entry, ...others] = await since.entries();
    expect(others).toEqual([]);
    const left = await as('a', () => prisma.user.findMany({ where: { name } }));
    expect(left).toHaveLength(1);
    expect(entry?.target_id).not.toBe(left[0]?.id);
  });

  it('are recorded three levels deep, with the links of many-to-many relations', async () => {
    const since = await mark(database);
    const [tag, other] = [randomUUID(), randomUUID()];
    await as('a', async () => {
      const user = await prisma.user.create({
        data: {
          email: email(),
          posts: {
            create: {
              title: 'p',
              tags: { create: { name: tag }, connectOrCreate: { where: { name: other }, create: { name: other } } },
              comments: { create: { body: 'c', reactions: { create: [{ emoji: '1' }, { emoji: '2' }] } } },
            },
          },
        },
        include: { posts: { include: { comments: true } } },
      });
      const post = user.posts[0];
      await prisma.user.update({
        where: { id: user.id },
        data: {
          posts: {
            update: {
              where: { id: post?.id ?? 0 },
              data: {
                tags: { disconnect: { name: tag } },
                comments: {
                  update: {
                    where: { id: post?.comments[0]?.id ?? 0 },
                    data: { reactions: { deleteMany: { emoji: '1' } } },
                  },
                },
              },
            },
          },
        },
      });
    });
    expect((await since.summary()).sort()).toEqual(
      [
        ...[
          'insert User',
          'insert Post',
          'insert Comment',
          'insert Reaction',
          'insert Reaction',
          'insert Tag',
          'insert Tag',
        ],
        ...['insert _PostToTag', 'insert _PostToTag', 'delete _PostToTag', 'delete Reaction'],
      ].sort(),
    );
    const [link] = await since.entries(`target_type = '_PostToTag' AND op = 'delete'`);
    // A is a post's id, an integer; B a tag's, which JavaScript could not hold as a number.
    expect(link?.record).toEqual({ A: expect.any(Number) as number, B: expect.any(String) as string });
    expect(link).toMatchObject({
      tenant_id: 'a',
      target_id: JSON.stringify([String(link?.record?.['A']), link?.record?.['B']]).replace(',', ', '),
    });
  });

  it('are recorded for rows that foreign keys take along', async () => {
    const id = await as('a', async () => {
      const { id: created } = await prisma.user.create({
        data: {
          email: email(),
          posts: {
            create: [1, 2].map((n) => ({
              title: `p${String(n)}`,
              comments: { create: [{ body: 'x' }, { body: 'y' }] },
            })),
          },
        },
      });
      return created;
    });
    const since = await mark(database);
    await as('a', () => prisma.user.delete({ where: { id } }));
    expect((await since.summary()).sort()).toEqual([
      ...Array.from({ length: 4 }, () => 'delete Comment'),
      ...Array.from({ length: 2 }, () => 'delete Post'),
      'delete User',
    ]);
    expect(new Set((await since.entries()).map(({ xid }) => xid)).size).toBe(1);
  });

  it('are recorded whole, ten thousand rows in one statement', async () => {
    const name = randomUUID();
    await asOwner(
      database,
      `BEGIN; SET LOCAL app.current_tenant = 'bulk'; INSERT INTO users (email, name) SELECT g::text, '${name}' FROM generate_series(1, 10000) g; COMMIT`,
    );
    const since = await mark(database);
    await as('bulk', () => prisma.user.updateMany({ where: { name }, data: { visits: 7 } }));
    const [row] = (await asOwner(
      database,
      `SELECT count(*)::int AS n, count(DISTINCT target_id)::int AS targets, count(DISTINCT id)::int AS ids, bool_and(old ->> 'email' = new ->> 'email') AS paired
         FROM audit_logs WHERE tenant_id = 'bulk' AND op = 'update'`,
    )) as [unknown];
    expect(row).toEqual({ n: 10000, targets: 10000, ids: 10000, paired: true });
    expect(await since.entries(`op <> 'update'`)).toEqual([]);
  });

  it('take time in proportion to their rows, also on a connection that has got used to single ones', async () => {
    await withSession(database.ownerUrl, async (client) => {
      await client.query(`SELECT set_config('app.current_tenant', 'used', false)`);
      await client.query(`INSERT INTO users (email) SELECT g::text FROM generate_series(1, 8000) g`);
      for (let n = 1; n <= 10; n++) await client.query(`UPDATE users SET visits = 1 WHERE email = $1`, [String(n)]);
      // Pairing old and new rows by a nested loop, as a plan for one row does, takes minutes for 8000.
      await client.query(`SET statement_timeout = '20s'`);
      await client.query(`UPDATE users SET visits = 2`);
    });
  });

  it('are recorded once for each step where rows refer to themselves', async () => {
    await asOwner(
      database,
      `ALTER TABLE settings ADD COLUMN parent text REFERENCES settings (key) ON DELETE SET NULL ON UPDATE CASCADE;
       INSERT INTO settings VALUES ('root', '', 'root'), ('leaf', '', 'root')`,
    );
    const since = await mark(database);
    await asOwner(
      database,
      `UPDATE settings SET key = 'trunk' WHERE key = 'root'; DELETE FROM settings WHERE key = 'trunk'`,
    );
    const entries = await since.entries();
    const last = new Map<unknown, unknown>();
    for (const { old, new: fresh } of entries) {
      if (last.has(old?.['key'])) expect(old).toEqual(last.get(old?.['key']));
      if (fresh) last.set(fresh['key'], fresh);
    }
    expect(last.get('leaf')).toMatchObject({ parent: null });
    expect(entries.map(({ op, target_id: target }) => `${String(op)} ${String(target)}`).sort()).toEqual(
      ['delete trunk', 'update leaf', 'update leaf', 'update trunk', 'update trunk'].sort(),
    );
    await asOwner(database, `DELETE FROM settings; ALTER TABLE settings DROP COLUMN parent`);
  });
});
