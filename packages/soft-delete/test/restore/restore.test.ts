import { TransactionHost } from '@nestarc/prisma';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SETTINGS } from '../fixture/fixture';
import { blog, OperationsWorld, outcome } from './operations-world';

describe.each(SETTINGS)('restore, $name', (setting) => {
  let world: OperationsWorld;
  beforeAll(async () => {
    world = await OperationsWorld.create(setting, {}, { policies: false });
  });
  afterAll(() => world.close());
  beforeEach(() => world.clear());

  const restore = (model: string, where: Record<string, unknown>) =>
    world.as(() => world.operations.restore(model, where));
  const allDeleted = async () => ({
    users: await world.deleted('users'),
    posts: await world.deleted('posts'),
    comments: await world.deleted('comments'),
    profiles: await world.deleted('profiles'),
  });
  const NONE = { users: [], posts: [], comments: [], profiles: [] };

  it('brings back a row with everything that its deletion took, and takes the marks away', async () => {
    const { user } = await blog(world);
    await world.as(() => world.prisma.user.delete({ where: { id: user } }));
    expect(await allDeleted()).toEqual({ users: [1], posts: [1, 2], comments: [1, 2, 3], profiles: [1] });
    const row = await restore('User', { id: user });
    expect(row).toMatchObject({ id: user, email: 'a@x', deletedAt: null, deletedBy: null, deletionId: null });
    expect(await allDeleted()).toEqual(NONE);
    for (const table of ['users', 'posts', 'comments', 'profiles']) {
      for (const marks of await world.rows(table)) {
        expect(marks).toMatchObject({ deleted_at: null, deleted_by: null, deletion_id: null });
      }
    }
  });

  it('leaves what was deleted by itself before, even in the same millisecond', async () => {
    const { user, posts } = await blog(world);
    await world.as(() => world.prisma.comment.delete({ where: { id: 2 } }));
    await world.as(() => world.prisma.post.delete({ where: { id: posts[1] ?? 0 } }));
    await world.as(() => world.prisma.user.delete({ where: { id: user } }));
    await world.sql(`UPDATE comments SET deleted_at = (SELECT deleted_at FROM users)`);
    await world.sql(`UPDATE posts SET deleted_at = (SELECT deleted_at FROM users)`);
    await restore('User', { id: user });
    expect(await allDeleted()).toEqual({ ...NONE, posts: [2], comments: [2, 3] });
  });

  it('brings back nothing of the same deletion that hangs on other rows', async () => {
    const first = await blog(world, 'a@x');
    await blog(world, 'b@x');
    await world.as(() => world.prisma.user.deleteMany({}));
    await restore('User', { id: first.user });
    expect(await allDeleted()).toEqual({ users: [2], posts: [3, 4], comments: [4, 5, 6], profiles: [2] });
  });

  it('brings children back after a second delete had failed', async () => {
    const { user } = await blog(world);
    await world.as(() => world.prisma.user.delete({ where: { id: user } }));
    expect(await outcome(world.as(() => world.prisma.user.delete({ where: { id: user } })))).toBe('P2025');
    await restore('User', { id: user });
    expect(await allDeleted()).toEqual(NONE);
  });

  it('goes by the instant where rows have no deletion id', async () => {
    const { user } = await blog(world);
    for (const table of ['users', 'posts', 'comments']) {
      await world.sql(`UPDATE ${table} SET deleted_at = '2026-01-01 00:00:00.123'`);
    }
    await world.sql(`UPDATE comments SET deleted_at = '2026-01-01 00:00:00.124' WHERE id = 1`);
    await restore('User', { id: user });
    expect(await allDeleted()).toEqual({ ...NONE, comments: [1] });
  });

  it('refuses a row that is active, and one that is not there', async () => {
    const { user } = await blog(world);
    const before = await world.rows('users');
    expect(await outcome(restore('User', { id: user }))).toBe('SOFT_DELETE_RECORD_NOT_DELETED');
    expect(await outcome(restore('User', { id: 99 }))).toBe('SOFT_DELETE_RECORD_NOT_FOUND');
    expect(await world.rows('users')).toEqual(before);
    expect(world.told).toEqual([]);
  });

  it('refuses a row whose parent is deleted, and one whose child hangs on another deleted row', async () => {
    const { user, posts } = await blog(world);
    await world.as(() => world.prisma.post.delete({ where: { id: posts[0] ?? 0 } }));
    await world.as(() => world.prisma.user.delete({ where: { id: user } }));
    const before = await allDeleted();
    await expect(restore('Post', { id: posts[0] })).rejects.toMatchObject({
      code: 'SOFT_DELETE_PARENT_DELETED',
      status: 409,
      model: 'Post',
      relation: 'author',
    });
    expect(await allDeleted()).toEqual(before);
    await restore('User', { id: user });
    await restore('Post', { id: posts[0] });
    expect(await allDeleted()).toEqual(NONE);
  });

  it('restores under a deleted row that nothing cascades from', async () => {
    const { posts } = await blog(world);
    const reviewer = await world.as(() => world.prisma.user.create({ data: { email: 'r@x' } }));
    await world.as(() => world.prisma.post.update({ where: { id: posts[0] ?? 0 }, data: { reviewerId: reviewer.id } }));
    await world.as(() => world.prisma.post.delete({ where: { id: posts[0] ?? 0 } }));
    await world.as(() => world.prisma.user.delete({ where: { id: reviewer.id } }));
    await restore('Post', { id: posts[0] });
    expect(await world.deleted('posts')).toEqual([]);
  });

  it('names the fields whose values an active row has taken, and changes nothing', async () => {
    const { user } = await blog(world, 'same@x');
    await world.as(() => world.prisma.user.delete({ where: { id: user } }));
    await world.as(() => world.prisma.user.create({ data: { email: 'same@x' } }));
    const before = await allDeleted();
    await expect(restore('User', { id: user })).rejects.toMatchObject({
      code: 'SOFT_DELETE_RESTORE_CONFLICT',
      status: 409,
      model: 'User',
      fields: ['tenantId', 'email'],
    });
    expect(await allDeleted()).toEqual(before);
    expect(world.told).toEqual([]);
  });

  it('takes a key of several fields, as Prisma names it, and filters along relations', async () => {
    const order = { region: 'eu', number: 7 };
    await world.as(() =>
      world.prisma.order.create({
        data: {
          ...order,
          lines: {
            create: [
              { position: 1, sku: 's' },
              { position: 2, sku: 't' },
            ],
          },
          shipments: { create: { carrier: 'c' } },
        },
      }),
    );
    await world.as(() =>
      world.prisma.order.create({ data: { region: 'eu', number: 8, lines: { create: { position: 1, sku: 'u' } } } }),
    );
    await world.as(() => world.prisma.order.deleteMany({}));
    const row = await restore('Order', { region_number: order });
    expect(row).toMatchObject(order);
    const left = await world.sql(`SELECT order_number FROM order_lines WHERE deleted_at IS NOT NULL`);
    expect(left).toEqual([{ order_number: 8 }]);
    expect(await world.deleted('shipments')).toEqual([]);
    await restore('Order', { lines: { some: { sku: 'u' } } });
    expect(await world.sql(`SELECT FROM orders WHERE deleted_at IS NOT NULL`)).toEqual([]);
  });

  it('follows a foreign key to a column that is no primary key', async () => {
    await world.as(() =>
      world.prisma.country.create({
        data: { code: 'kr', name: 'K', cities: { create: [{ name: 'b' }, { name: 's' }] } },
      }),
    );
    await world.as(() => world.prisma.country.delete({ where: { code: 'kr' } }));
    await restore('Country', { code: 'kr' });
    expect(await world.sql(`SELECT FROM cities WHERE deleted_at IS NOT NULL`)).toEqual([]);
  });

  it('restores a tree of 50 levels, and circles', async () => {
    await world.sql(
      `INSERT INTO categories (id, tenant_id, name, parent_id)
      SELECT n, $1, 'c' || n, NULLIF(n - 1, 0) FROM generate_series(1, 50) n`,
      [setting.tenancy ? 'a' : 'none'],
    );
    await world.as(() => world.prisma.category.delete({ where: { id: 1 } }));
    expect(await world.deleted('categories')).toHaveLength(50);
    await restore('Category', { id: 1 });
    expect(await world.deleted('categories')).toEqual([]);
    expect(world.told).toMatchObject([{ model: 'Category', count: 50 }]);
    const team = await world.as(() =>
      world.prisma.team.create({ data: { name: 't', members: { create: { name: 'm' } } } }),
    );
    await world.sql(`UPDATE teams SET lead_id = 1`);
    await world.as(() => world.prisma.team.delete({ where: { id: team.id } }));
    expect(await world.deleted('members')).toEqual([1]);
    await restore('Member', { id: 1 });
    expect(await world.deleted('members')).toEqual([]);
    expect(await world.deleted('teams')).toEqual([]);
  });

  it('takes the one that was deleted last, and refuses to guess among rows of one deletion', async () => {
    for (const name of ['first', 'last']) {
      const { id } = await world.as(() => world.prisma.user.create({ data: { email: 'same@x', name } }));
      await world.as(() => world.prisma.user.delete({ where: { id } }));
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    expect(await restore('User', { email: 'same@x' })).toMatchObject({ name: 'last' });
    const { user } = await blog(world, 'b@x');
    await world.as(() => world.prisma.user.delete({ where: { id: user } }));
    expect(await outcome(restore('Post', { authorId: user }))).toBe('SOFT_DELETE_RECORD_AMBIGUOUS');
  });

  it('refuses filters that would find other rows than those that were meant', async () => {
    const { user } = await blog(world);
    await world.as(() => world.prisma.user.delete({ where: { id: user } }));
    for (const where of [
      {},
      { id: undefined },
      { AND: [{ email: undefined }] },
      { tenantId_email: { email: 'a@x' } },
    ]) {
      await expect(restore('User', where)).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
    }
    await expect(restore('Nobody', { id: 1 })).rejects.toThrow('the schema has no model "Nobody"');
    await expect(restore('Account', { id: 1 })).rejects.toThrow('"Account" is not one of softDeleteModels');
    expect(await world.deleted('users')).toEqual([1]);
  });

  it('takes part in transactions of the caller, and is told of once these are committed', async () => {
    const { user } = await blog(world);
    const { prisma, operations } = world;
    await world.as(() => prisma.user.delete({ where: { id: user } }));
    const undone = world.as(() =>
      prisma.$transaction(async (tx) => {
        await operations.restore('User', { id: user }, { tx });
        expect(await tx.user.count()).toBe(1);
        throw new Error('undone');
      }),
    );
    await expect(undone).rejects.toThrow('undone');
    expect(await allDeleted()).toMatchObject({ users: [1], comments: [1, 2, 3] });
    expect(world.told).toEqual([]);
    await world.as(() =>
      prisma.$transaction(async (tx) => {
        await operations.restore('User', { id: user }, { tx });
        expect(world.told).toEqual([]);
      }),
    );
    expect(world.told).toHaveLength(4);
    expect(await allDeleted()).toEqual(NONE);
  });

  it('leaves the transaction of the caller usable when it is refused', async () => {
    const { user } = await blog(world, 'same@x');
    const { prisma, operations } = world;
    await world.as(() => prisma.user.delete({ where: { id: user } }));
    await world.as(() => prisma.user.create({ data: { email: 'same@x' } }));
    await world.as(() =>
      prisma.$transaction(async (tx) => {
        expect(await outcome(operations.restore('User', { id: user }, { tx }))).toBe('SOFT_DELETE_RESTORE_CONFLICT');
        expect(await outcome(operations.restore('User', { id: 99 }, { tx }))).toBe('SOFT_DELETE_RECORD_NOT_FOUND');
        await tx.user.update({ where: { id: 2 }, data: { name: 'kept' } });
      }),
    );
    expect(await world.rows('users')).toMatchObject([{}, { name: 'kept' }]);
  });

  it.runIf(setting.tenancy)('joins the ambient transaction', async () => {
    const { user } = await blog(world);
    const host = TransactionHost.of(world.prisma);
    await world.as(() => world.prisma.user.delete({ where: { id: user } }));
    const undone = world.as(() =>
      host.run(async () => {
        await world.operations.restore('User', { id: user });
        throw new Error('undone');
      }),
    );
    await expect(undone).rejects.toThrow('undone');
    expect(await world.deleted('users')).toEqual([1]);
    await world.as(() => host.run(() => world.operations.restore('User', { id: user })));
    expect(await allDeleted()).toEqual(NONE);
    expect(world.told).toHaveLength(4);
  });

  it('tells of one event for each model, with the deletion and the actor', async () => {
    const { user } = await blog(world);
    const { deletionId } = await world.as(() => world.prisma.user.delete({ where: { id: user } }));
    await restore('User', { email: 'a@x' });
    const common = { deletionId, actorId: 'user-of-a' };
    expect(world.told).toMatchObject([
      { ...common, model: 'User', where: { email: 'a@x' }, count: 1, ids: [{ id: user }], cause: undefined },
      { ...common, model: 'Post', where: undefined, count: 2, cause: 'User' },
      { ...common, model: 'Profile', count: 1, cause: 'User' },
      { ...common, model: 'Comment', count: 3, cause: 'Post' },
    ]);
  });

  it('takes the same number of statements, however many rows and levels there are', async () => {
    const { user } = await blog(world);
    await world.sql(
      `INSERT INTO comments (tenant_id, text, post_id) SELECT tenant_id, 'c', id FROM posts, generate_series(1, 5000)`,
    );
    await world.as(() => world.prisma.user.delete({ where: { id: user } }));
    const sent = await world.as(() => world.world.sent(() => world.operations.restore('User', { id: user })));
    expect(sent.filter((text) => !/^(BEGIN|COMMIT)/.test(text))).toHaveLength(4);
    expect(await allDeleted()).toEqual(NONE);
  });

  it('restores once when two ask for it at a time', async () => {
    const { user } = await blog(world);
    await world.as(() => world.prisma.user.delete({ where: { id: user } }));
    const outcomes = await Promise.all([1, 2, 3].map(() => outcome(restore('User', { id: user }))));
    expect(outcomes.sort()).toEqual(['SOFT_DELETE_RECORD_NOT_DELETED', 'SOFT_DELETE_RECORD_NOT_DELETED', 'done']);
    expect(await allDeleted()).toEqual(NONE);
    expect(world.told).toHaveLength(4);
  });

  it.runIf(setting.tenancy)('reaches no row of another tenant, and none without a tenant', async () => {
    const { user } = await blog(world);
    await world.as(() => world.prisma.user.delete({ where: { id: user } }));
    // A foreign key across tenants, as corrupt data may have it.
    await world.sql(`INSERT INTO posts (tenant_id, title, author_id, deleted_at, deletion_id)
      SELECT 'b', 'alien', id, deleted_at, deletion_id FROM users`);
    const asOther = world.world.fixture.as('b', () => world.operations.restore('User', { id: user }));
    expect(await outcome(asOther)).toBe('SOFT_DELETE_RECORD_NOT_FOUND');
    expect(await outcome(world.operations.restore('User', { id: user }))).toBe('TENANT_CONTEXT_MISSING');
    expect(await outcome(world.operations.restoreMany('User'))).toBe('TENANT_CONTEXT_MISSING');
    expect(await outcome(world.operations.forceDelete('User', { id: user }))).toBe('TENANT_CONTEXT_MISSING');
    const purging = world.operations.purge('User', { olderThan: new Date() });
    expect(await outcome(purging)).toBe('TENANT_CONTEXT_MISSING');
    await restore('User', { id: user });
    expect(await world.deleted('posts')).toEqual([3]);
  });
});
