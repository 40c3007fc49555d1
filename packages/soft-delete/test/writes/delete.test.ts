import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SoftDeleteContext } from '../../src/visibility/soft-delete-context';
import { onlyDeleted, withDeleted } from '../../src/visibility/with-deleted';
import { SETTINGS } from '../fixture/fixture';
import { outcome, WriteWorld } from './write-world';

describe.each(SETTINGS)('delete, $name', (setting) => {
  let world: WriteWorld;
  beforeAll(async () => {
    world = await WriteWorld.create(setting);
  });
  afterAll(() => world.close());
  beforeEach(() => world.clear());

  const user = (email: string) => world.as(() => world.prisma.user.create({ data: { email } }));

  it('marks the row with when, by whom and as which deletion', async () => {
    const { id } = await user('a@x');
    const before = Date.now();
    const deleted = await world.as(() => world.prisma.user.delete({ where: { id } }));
    const [row] = await world.rows('users');
    expect(row).toMatchObject({ id, deleted_by: 'user-of-a' });
    expect(row?.['deletion_id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(deleted.deletedAt?.getTime()).toBeGreaterThanOrEqual(before);
    expect(deleted).toMatchObject({ id, email: 'a@x', deletionId: row?.['deletion_id'] });
  });

  it('takes one statement and no transaction where nothing hangs on the row', async () => {
    const { id } = await user('a@x');
    expect(await world.as(() => world.sent(() => world.prisma.user.delete({ where: { id } })))).toEqual([
      expect.stringMatching(/^UPDATE /),
    ]);
    const sent = await world.as(() => world.sent(() => world.prisma.user.deleteMany({})));
    expect(sent.filter((text) => !/^(BEGIN|COMMIT)/.test(text))).toHaveLength(1);
  });

  it('answers what was selected and nothing else', async () => {
    const ids = [await user('a@x'), await user('b@x'), await user('c@x')].map(({ id }) => id);
    const { prisma } = world;
    const [a = 0, b = 0, c = 0] = ids;
    expect(await world.as(() => prisma.user.delete({ where: { id: a }, select: { id: true } }))).toEqual({ id: a });
    const omitted = await world.as(() => prisma.user.delete({ where: { id: b }, omit: { email: true } }));
    expect(omitted).not.toHaveProperty('email');
    const included = await world.as(() => prisma.user.delete({ where: { id: c }, include: { posts: true } }));
    expect(included).toMatchObject({ id: c, posts: [] });
  });

  it('fails with P2025 the second time, and changes nothing', async () => {
    const { id } = await user('a@x');
    await world.as(() => world.prisma.user.delete({ where: { id } }));
    const before = await world.rows('users');
    expect(await outcome(world.as(() => world.prisma.user.delete({ where: { id } })))).toBe('P2025');
    expect(await outcome(world.as(() => world.prisma.user.delete({ where: { id }, include: { posts: true } })))).toBe(
      'P2025',
    );
    expect(await world.as(() => world.prisma.user.deleteMany({ where: { id } }))).toEqual({ count: 0 });
    expect(await world.rows('users')).toEqual(before);
    expect(world.events).toHaveLength(1);
  });

  it('keeps the limit of deleteMany', async () => {
    await user('a@x');
    await user('b@x');
    await user('c@x');
    expect(await world.as(() => world.prisma.user.deleteMany({ limit: 2 }))).toEqual({ count: 2 });
    expect(await world.deleted('users')).toHaveLength(2);
  });

  it('touches no active row where the caller asks for deleted ones, nor a deleted one', async () => {
    const { id } = await user('a@x');
    const gone = await user('b@x');
    const { prisma } = world;
    await world.as(() => prisma.user.delete({ where: { id: gone.id } }));
    const before = await world.rows('users');
    const asked = { deletedAt: { not: null } };
    expect(await world.as(() => prisma.user.deleteMany({ where: asked }))).toEqual({ count: 0 });
    expect(
      await world.as(() => prisma.user.deleteMany({ where: { OR: [asked, { NOT: asked }], AND: asked } })),
    ).toEqual({ count: 0 });
    expect(await world.as(() => prisma.user.deleteMany({ where: { OR: [] } }))).toEqual({ count: 0 });
    expect(await outcome(world.as(() => prisma.user.delete({ where: { id, ...asked } })))).toBe('P2025');
    expect(await world.as(() => onlyDeleted(prisma.user).deleteMany())).toEqual({ count: 0 });
    expect(await outcome(world.as(() => withDeleted(prisma.user).delete({ where: { id: gone.id } })))).toBe('P2025');
    expect(await world.as(() => withDeleted(prisma.user).deleteMany({ where: { id: gone.id } }))).toEqual({ count: 0 });
    expect(await world.rows('users')).toEqual(before);
  });

  it('deletes active rows through a view that sees deleted ones', async () => {
    const { id } = await user('a@x');
    await world.as(() => withDeleted(world.prisma.user).delete({ where: { id } }));
    expect(await world.deleted('users')).toEqual([id]);
  });

  it('deletes for good where models are left alone', async () => {
    const { id } = await user('a@x');
    await world.as(() =>
      SoftDeleteContext.run({ filterMode: 'default', skipSoftDelete: true, models: ['User'] }, () =>
        world.prisma.user.delete({ where: { id } }),
      ),
    );
    expect(await world.rows('users')).toEqual([]);
    expect(world.events).toEqual([]);
  });

  it('finds rows by a key of several fields', async () => {
    const key = { region: 'eu', number: 1 };
    await world.as(() => world.prisma.order.create({ data: key }));
    await world.as(() => world.prisma.order.create({ data: { ...key, number: 2 } }));
    await world.as(() => world.prisma.order.delete({ where: { region_number: key } }));
    const rows = await world.rows('orders', 'number');
    expect(rows.map((row) => row['deleted_at'] !== null)).toEqual([true, false]);
  });

  it('is undone with the transaction of the caller, along with its events', async () => {
    const { id } = await user('a@x');
    const attempt = world.as(() =>
      world.prisma.$transaction(async (tx) => {
        await tx.user.delete({ where: { id } });
        expect(await tx.user.findMany()).toEqual([]);
        throw new Error('no');
      }),
    );
    await expect(attempt).rejects.toThrow('no');
    expect(await world.deleted('users')).toEqual([]);
    expect(world.events).toEqual([]);
  });

  it('is told of once it is committed, not before', async () => {
    const { id } = await user('a@x');
    await world.as(() =>
      world.prisma.$transaction(async (tx) => {
        await tx.user.delete({ where: { id } });
        expect(world.events).toEqual([]);
      }),
    );
    const [row] = await world.rows('users');
    expect(world.events).toEqual([
      expect.objectContaining({
        model: 'User',
        where: { id },
        actorId: 'user-of-a',
        count: 1,
        deletionId: row?.['deletion_id'],
        ids: [{ id }],
      }),
    ]);
  });

  it('deletes what the same transaction has created or changed, without waiting for itself', async () => {
    // One that waits for itself ends with the five seconds that Prisma gives a transaction.
    await world.as(() =>
      world.prisma.$transaction(async (tx) => {
        const { id } = await tx.user.create({ data: { email: 'a@x' } });
        await tx.user.update({ where: { id }, data: { name: 'A' } });
        await tx.user.delete({ where: { id } });
      }),
    );
    expect(await world.deleted('users')).toHaveLength(1);
  });

  it('is part of an array transaction, all or nothing', async () => {
    const a = await user('a@x');
    const b = await user('b@x');
    const { prisma } = world;
    const failing = world.as(() =>
      prisma.$transaction([prisma.user.delete({ where: { id: a.id } }), prisma.user.delete({ where: { id: 0 } })]),
    );
    expect(await outcome(failing)).toBe('P2025');
    expect(await world.deleted('users')).toEqual([]);
    await world.as(() =>
      prisma.$transaction([
        prisma.user.delete({ where: { id: a.id } }),
        prisma.user.deleteMany({ where: { id: b.id } }),
      ]),
    );
    expect(await world.deleted('users')).toEqual([a.id, b.id]);
    expect(world.events).toHaveLength(2);
  });

  it('lets one of two deletions of a row win', async () => {
    for (const include of [undefined, { posts: true }] as const) {
      const { id } = await user(`${include === undefined ? 'a' : 'b'}@x`);
      const other = world.anotherClient();
      const outcomes = await Promise.all([
        outcome(world.as(() => world.prisma.user.delete({ where: { id }, ...(include ? { include } : {}) }))),
        outcome(world.as(() => other.user.delete({ where: { id }, ...(include ? { include } : {}) }))),
      ]);
      expect(outcomes.sort()).toEqual(['P2025', 'done']);
    }
  });

  it('says nothing of rows of other tenants', async () => {
    if (!setting.tenancy) return;
    const { id } = await world.fixture.as('b', () => world.prisma.user.create({ data: { email: 'b@x' } }));
    expect(await outcome(world.as(() => world.prisma.user.delete({ where: { id } })))).toBe('P2025');
    expect(await world.as(() => world.prisma.user.deleteMany())).toEqual({ count: 0 });
    expect(await world.deleted('users')).toEqual([]);
  });
});
