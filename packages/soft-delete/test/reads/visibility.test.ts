import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SoftDeleteContext } from '../../src/visibility/soft-delete-context';
import { onlyDeleted, withDeleted } from '../../src/visibility/with-deleted';
import { ids, ReadingWorld } from './reading-world';

describe.each(['client', 'database'] as const)('Who asks for deleted rows (%s)', (enforcement) => {
  let world: ReadingWorld;
  beforeAll(async () => {
    world = await ReadingWorld.create({ enforcement });
  });
  afterAll(() => world.close());

  it('of a model sees those of this model, wherever they stand, and of no other', async () => {
    const { prisma } = world;
    expect(ids(await withDeleted(prisma.post).findMany())).toEqual([1, 2, 3, 4]);
    const ann = await withDeleted(prisma, 'Post').user.findUnique({
      where: { id: 1 },
      select: { posts: true, comments: { select: { id: true, post: { select: { id: true } } } }, _count: true },
    });
    expect(ids(ann?.posts ?? [])).toEqual([1, 2, 4]);
    expect(ann?.comments).toEqual([
      { id: 2, post: { id: 2 } },
      { id: 3, post: { id: 3 } },
    ]);
    expect(ann?._count).toEqual({ posts: 3, reviews: 1, comments: 2 });
    expect(ids(await withDeleted(prisma, 'Post').comment.findMany({ where: { post: { title: 'two' } } }))).toEqual([2]);
    expect(ids(await prisma.comment.findMany({ where: { post: { title: 'two' } } }))).toEqual([]);
  });

  it('and no others sees these alone, with what is related to them', async () => {
    const { prisma } = world;
    const posts = await onlyDeleted(prisma.post).findMany({ include: { comments: true, author: true } });
    expect(posts).toMatchObject([{ id: 2, author: { name: 'ann' }, comments: [{ id: 2 }] }]);
    expect(await onlyDeleted(prisma.post).count()).toBe(1);
    expect(await onlyDeleted(prisma.post).findUnique({ where: { id: 1 } })).toBeNull();
    expect(await onlyDeleted(prisma.post).findMany({ cursor: { id: 1 } })).toEqual([]);
  });

  it('by path sees them at this place of the query', async () => {
    const { prisma } = world;
    const store = {
      filterMode: 'default',
      skipSoftDelete: false,
      withDeletedRelationPaths: ['posts', 'comments.post'],
    } as const;
    const found = await SoftDeleteContext.run(store, () =>
      prisma.user.findUnique({
        where: { id: 1 },
        select: {
          posts: { select: { id: true, comments: { select: { id: true } } }, orderBy: { id: 'asc' } },
          comments: {
            select: { id: true, post: { select: { id: true, author: { select: { id: true } } } } },
            orderBy: { id: 'asc' },
          },
          _count: { select: { posts: true, comments: true } },
        },
      }),
    );
    expect(found).toEqual({
      posts: [
        { id: 1, comments: [{ id: 1 }] },
        { id: 2, comments: [{ id: 2 }] },
        { id: 4, comments: [] },
      ],
      comments: [
        { id: 2, post: { id: 2, author: { id: 1 } } },
        { id: 3, post: { id: 3, author: null } },
      ],
      _count: { posts: 3, comments: 2 },
    });
    const chained = await SoftDeleteContext.run(store, () => prisma.user.findUnique({ where: { id: 1 } }).posts());
    expect(ids(chained ?? [])).toEqual([1, 2, 4]);
    expect(ids(await SoftDeleteContext.run(store, () => prisma.post.findMany()))).toEqual([1, 3, 4]);
  });

  it('by leaving a model alone sees all of it', async () => {
    const store = { filterMode: 'default', skipSoftDelete: true, models: ['Post'] } as const;
    expect(ids(await SoftDeleteContext.run(store, () => world.prisma.post.findMany()))).toEqual([1, 2, 3, 4]);
    expect(ids(await SoftDeleteContext.run(store, () => world.prisma.user.findMany()))).toEqual([1]);
  });

  it('starts from a model that is not deleted softly, too', async () => {
    const select = { users: { select: { name: true } }, _count: { select: { users: true } } } as const;
    expect(await world.prisma.account.findFirst({ select })).toEqual({
      users: [{ name: 'ann' }],
      _count: { users: 1 },
    });
    const seen = await withDeleted(world.prisma, 'User').account.findFirst({ select });
    expect(seen).toEqual({ users: [{ name: 'ann' }, { name: 'bob' }], _count: { users: 2 } });
    expect(await world.prisma.account.findMany({ where: { users: { some: { name: 'bob' } } } })).toEqual([]);
    expect(await world.prisma.account.findMany({ where: { users: { every: { name: 'ann' } } } })).toHaveLength(1);
  });
});
