import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withDeleted } from '../../src/visibility/with-deleted';
import { ids, ReadingWorld } from './reading-world';

describe('An order by rows that may be deleted', () => {
  let world: ReadingWorld;
  beforeAll(async () => {
    world = await ReadingWorld.create();
  });
  afterAll(() => world.close());

  const refused = { code: 'SOFT_DELETE_ORDER_UNSUPPORTED' };

  it('is refused, by its place in the query', async () => {
    const { prisma } = world;
    await expect(prisma.user.findMany({ orderBy: { posts: { _count: 'asc' } } })).rejects.toMatchObject({
      ...refused,
      path: 'User.orderBy.posts',
      model: 'Post',
    });
    await expect(prisma.post.findMany({ orderBy: [{ id: 'asc' }, { author: { name: 'asc' } }] })).rejects.toMatchObject(
      refused,
    );
    const nested = { orderBy: { author: { account: { name: 'asc' } } } } as const;
    await expect(prisma.account.findMany({ select: { users: { select: { posts: nested } } } })).rejects.toMatchObject(
      refused,
    );
    await expect(prisma.post.count({ orderBy: { author: { name: 'asc' } } })).rejects.toMatchObject(refused);
  });

  it('is taken from who sees these rows', async () => {
    const { prisma } = world;
    const users = await withDeleted(prisma, 'Post').user.findMany({ orderBy: { posts: { _count: 'desc' } } });
    expect(ids(users)).toEqual([1]);
  });

  it('is refused together with a cursor, also where PostgreSQL hides these rows', async () => {
    const hiding = await ReadingWorld.create({ enforcement: 'database' });
    try {
      const { post } = hiding.prisma;
      const orderBy = [{ reviewer: { name: 'asc' } }, { id: 'asc' }] as const;
      expect(ids(await post.findMany({ orderBy: [...orderBy] }))).toEqual([1, 3, 4]);
      await expect(post.findMany({ orderBy: [...orderBy], cursor: { id: 4 } })).rejects.toMatchObject(refused);
      const first = post.findUnique({
        where: { id: 1 },
        select: { comments: { orderBy: { author: { name: 'asc' } }, cursor: { id: 1 } } },
      });
      await expect(first).rejects.toMatchObject(refused);
    } finally {
      await hiding.close();
    }
  });

  it('does not count when it says nothing', async () => {
    expect(ids(await world.prisma.post.findMany({ orderBy: { author: {} } }))).toEqual([1, 3, 4]);
  });
});

describe('An order by rows that PostgreSQL hides', () => {
  let world: ReadingWorld;
  beforeAll(async () => {
    world = await ReadingWorld.create({ enforcement: 'database' });
  });
  afterAll(() => world.close());

  it('is taken', async () => {
    const posts = await world.prisma.post.findMany({ orderBy: [{ author: { name: 'asc' } }, { id: 'desc' }] });
    expect(posts.map(({ id }) => id)).toEqual([4, 1, 3]);
  });

  it('is refused where another part of the query opens them', async () => {
    const asked = world.prisma.post.findMany({
      orderBy: { author: { name: 'asc' } },
      where: { reviewer: { deletedAt: { not: null } } },
    });
    await expect(asked).rejects.toMatchObject({ code: 'SOFT_DELETE_ORDER_UNSUPPORTED' });
  });
});

describe.each(['client', 'database'] as const)('A cursor on a deleted row (%s)', (enforcement) => {
  let world: ReadingWorld;
  beforeAll(async () => {
    world = await ReadingWorld.create({ enforcement });
  });
  afterAll(() => world.close());

  const from2 = { cursor: { id: 2 }, orderBy: { id: 'asc' } } as const;

  it('is one on a row that is not there', async () => {
    const { post } = world.prisma;
    expect(await post.findMany(from2)).toEqual([]);
    expect(await post.findMany({ ...from2, take: -2 })).toEqual([]);
    expect(await post.findFirst(from2)).toBeNull();
    await expect(post.findFirstOrThrow(from2)).rejects.toMatchObject({ code: 'P2025' });
    expect(await post.count(from2)).toBe(0);
    expect(await post.count({ ...from2, select: { _all: true, reviewerId: true } })).toEqual({
      _all: 0,
      reviewerId: 0,
    });
    const accumulated = { _sum: { score: true }, _max: { title: true } } as const;
    const empty = { _sum: { score: null }, _max: { title: null } };
    expect(await post.aggregate({ ...from2, ...accumulated, _count: true })).toEqual({ ...empty, _count: 0 });
    expect(await post.aggregate({ ...from2, ...accumulated, _count: { id: true } })).toEqual({
      ...empty,
      _count: { id: 0 },
    });
  });

  it('is so in transactions, too', async () => {
    const { prisma } = world;
    expect(await prisma.$transaction((tx) => tx.post.findMany(from2))).toEqual([]);
    const [posts, count] = await prisma.$transaction([prisma.post.findMany(from2), prisma.post.count()]);
    expect([posts, count]).toEqual([[], 3]);
  });

  it('is so in a list of a single row, where Prisma leaves it to PostgreSQL', async () => {
    const { prisma } = world;
    const ann = { where: { id: 1 } };
    expect(await prisma.user.findUnique({ ...ann, select: { posts: from2 } })).toEqual({ posts: [] });
    expect(await prisma.user.findUniqueOrThrow({ ...ann, select: { posts: from2 } })).toEqual({ posts: [] });
    expect(await prisma.user.findUnique(ann).posts(from2)).toEqual([]);
    expect(await prisma.user.update({ ...ann, data: { age: 1 }, select: { posts: from2 } })).toEqual({ posts: [] });
    const [inArray] = await prisma.$transaction([prisma.user.findUnique({ ...ann, select: { posts: from2 } })]);
    expect(inArray).toEqual({ posts: [] });
    const active = { cursor: { id: 1 }, orderBy: { id: 'asc' } } as const;
    expect(ids((await prisma.user.findUnique(ann).posts(active)) ?? [])).toEqual([1, 4]);
  });

  it('starts at the row for who sees it', async () => {
    const { post } = world.prisma;
    expect(ids(await withDeleted(post).findMany(from2))).toEqual([2, 3, 4]);
    expect(
      ids(await post.findMany({ ...from2, where: { OR: [{ deletedAt: null }, { deletedAt: { not: null } }] } })),
    ).toEqual([2, 3, 4]);
  });

  it('does not keep Prisma from refusing wrong arguments', async () => {
    const asked = world.prisma.order.count({
      cursor: { region_number: { region: 'north', number: 2 } },
      orderBy: { total: 'asc' },
    });
    await expect(asked).rejects.toMatchObject({ code: 'P2019' });
  });
});
