import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SETTINGS } from '../fixture/fixture';
import { blog, OperationsWorld, outcome } from './operations-world';

describe.each(SETTINGS)('restoreMany and forceDelete, $name', (setting) => {
  let world: OperationsWorld;
  beforeAll(async () => {
    world = await OperationsWorld.create(setting);
  });
  afterAll(() => world.close());
  beforeEach(() => world.clear());

  const restoreMany = (model: string, where?: Record<string, unknown>) =>
    world.as(() => world.operations.restoreMany(model, where === undefined ? {} : { where }));
  const forceDelete = (model: string, where: Record<string, unknown>) =>
    world.as(() => world.operations.forceDelete(model, where));

  it('restores the deleted rows that a filter finds, each with what its own deletion took', async () => {
    const [a, b, c] = [await blog(world, 'a@x'), await blog(world, 'b@x'), await blog(world, 'c@x')];
    await world.as(() => world.prisma.comment.delete({ where: { id: 1 } }));
    for (const { user } of [a, b, c]) await world.as(() => world.prisma.user.delete({ where: { id: user } }));
    expect(await restoreMany('User', { email: { in: ['a@x', 'b@x'] } })).toEqual({ count: 2 });
    expect(await world.deleted('users')).toEqual([3]);
    expect(await world.deleted('comments')).toEqual([1, 7, 8, 9]);
    expect(world.told).toMatchObject([
      { model: 'User', where: { email: { in: ['a@x', 'b@x'] } }, count: 2, deletionId: undefined },
      { model: 'Post', count: 4 },
      { model: 'Profile', count: 2 },
      { model: 'Comment', count: 5 },
    ]);
    expect(await restoreMany('User')).toEqual({ count: 1 });
    expect(await restoreMany('User')).toEqual({ count: 0 });
    expect(await world.deleted('comments')).toEqual([1]);
    expect(world.told).toHaveLength(8);
  });

  it('restores parents and children of one model together', async () => {
    const category = (name: string, parentId?: number) =>
      world.as(() => world.prisma.category.create({ data: { name, ...(parentId === undefined ? {} : { parentId }) } }));
    const root = await category('root');
    const leaf = await category('leaf', root.id);
    await world.as(() => world.prisma.category.delete({ where: { id: leaf.id } }));
    await world.as(() => world.prisma.category.delete({ where: { id: root.id } }));
    expect(await outcome(restoreMany('Category', { name: 'leaf' }))).toBe('SOFT_DELETE_PARENT_DELETED');
    expect(await restoreMany('Category')).toEqual({ count: 2 });
    expect(await world.deleted('categories')).toEqual([]);
  });

  it('leaves a child that another one of these deletions took', async () => {
    const category = (name: string, parentId: number | null) =>
      world.as(() => world.prisma.category.create({ data: { name, parentId } }));
    const root = await category('root', null);
    await category('child', root.id);
    await category('beside', null);
    await world.as(() => world.prisma.category.deleteMany({ where: { name: { in: ['child', 'beside'] } } }));
    await world.as(() => world.prisma.category.delete({ where: { id: root.id } }));
    expect(await restoreMany('Category', { name: { in: ['root', 'beside'] } })).toEqual({ count: 2 });
    expect(await world.deleted('categories')).toEqual([2]);
  });

  it('restores nothing when one of the rows cannot be, and nothing for a filter that finds nothing', async () => {
    const { user } = await blog(world);
    await world.as(() => world.prisma.post.delete({ where: { id: 1 } }));
    await world.as(() => world.prisma.user.delete({ where: { id: user } }));
    await world.sql(`INSERT INTO users (tenant_id, email) SELECT tenant_id, 'z@x' FROM users`);
    await world.sql(
      `INSERT INTO posts (tenant_id, title, author_id, deleted_at) SELECT tenant_id, 'z', 2, now() FROM users WHERE id = 2`,
    );
    const before = await world.deleted('posts');
    expect(await outcome(restoreMany('Post'))).toBe('SOFT_DELETE_PARENT_DELETED');
    expect(await restoreMany('Post', { OR: [] })).toEqual({ count: 0 });
    expect(await outcome(restoreMany('Post', { title: undefined }))).toBe('OPTIONS_INVALID');
    expect(await world.deleted('posts')).toEqual(before);
    expect(await restoreMany('Post', { title: 'z' })).toEqual({ count: 1 });
  });

  it('forceDelete removes a row for good, deleted or active, and answers it', async () => {
    const active = await world.as(() => world.prisma.user.create({ data: { email: 'a@x' } }));
    const deleted = await world.as(() => world.prisma.user.create({ data: { email: 'b@x' } }));
    await world.as(() => world.prisma.user.delete({ where: { id: deleted.id } }));
    expect(await forceDelete('User', { email: 'b@x' })).toMatchObject({ id: deleted.id, deletedBy: 'user-of-a' });
    expect(await forceDelete('User', { tenantId_email: { tenantId: active.tenantId, email: 'a@x' } })).toMatchObject({
      id: active.id,
    });
    expect(await world.count('users')).toBe(0);
    expect(world.told).toEqual([]);
  });

  it('forceDelete fails as Prisma does where there is no row, and where others refer to it', async () => {
    const { user } = await blog(world);
    expect(await outcome(forceDelete('User', { id: 99 }))).toBe('P2025');
    expect(await outcome(forceDelete('User', { id: user }))).toBe('P2003');
    expect(await world.count('users')).toBe(1);
  });

  it('forceDelete refuses to guess', async () => {
    await blog(world);
    expect(await outcome(forceDelete('Post', { authorId: 1 }))).toBe('SOFT_DELETE_RECORD_AMBIGUOUS');
    for (const where of [{}, { id: undefined }]) {
      expect(await outcome(forceDelete('Post', where))).toBe('OPTIONS_INVALID');
    }
    expect(await world.count('posts')).toBe(2);
  });

  it('forceDelete takes part in the transaction of the caller', async () => {
    await world.as(() => world.prisma.user.create({ data: { email: 'a@x' } }));
    const undone = world.as(() =>
      world.prisma.$transaction(async (tx) => {
        await world.operations.forceDelete('User', { email: 'a@x' }, { tx });
        throw new Error('undone');
      }),
    );
    await expect(undone).rejects.toThrow('undone');
    expect(await world.count('users')).toBe(1);
  });
});
