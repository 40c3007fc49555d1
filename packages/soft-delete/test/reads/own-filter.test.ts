import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onlyDeleted } from '../../src/visibility/with-deleted';
import { ids, ReadingWorld } from './reading-world';

describe.each(['client', 'database'] as const)("A caller's own filter on the mark (%s)", (enforcement) => {
  let world: ReadingWorld;
  beforeAll(async () => {
    world = await ReadingWorld.create({ enforcement });
  });
  afterAll(() => world.close());

  it('finds the deleted rows it asks for', async () => {
    expect(ids(await world.prisma.post.findMany({ where: { deletedAt: { not: null } } }))).toEqual([2]);
    expect(await world.prisma.post.count({ where: { deletedAt: { gt: new Date(0) } } })).toBe(1);
    expect(await world.prisma.post.findUnique({ where: { id: 2, deletedAt: { not: null } } })).toMatchObject({ id: 2 });
  });

  it.each([
    ['AND', { AND: [{ deletedAt: { not: null } }] }, [2]],
    ['OR', { OR: [{ deletedAt: { not: null } }, { id: 1 }] }, [1, 2]],
    ['NOT', { NOT: { deletedAt: null } }, [2]],
  ])('counts within %s', async (_, where, expected) => {
    expect(ids(await world.prisma.post.findMany({ where }))).toEqual(expected);
  });

  it('counts in a filter of a relation and in a list of related rows, and there only', async () => {
    const { prisma } = world;
    expect(ids(await prisma.user.findMany({ where: { posts: { some: { deletedAt: { not: null } } } } }))).toEqual([1]);
    const ann = await prisma.user.findUnique({
      where: { id: 1 },
      select: { posts: { where: { deletedAt: { not: null } }, select: { id: true } }, comments: true },
    });
    expect(ann?.posts).toEqual([{ id: 2 }]);
    expect(ids(ann?.comments ?? [])).toEqual([2, 3]);
  });

  it('is none when it is undefined', async () => {
    const where: object = { deletedAt: undefined };
    expect(ids(await world.prisma.post.findMany({ where }))).toEqual([1, 3, 4]);
  });

  it.each<[string, object]>([
    ['an empty condition', { deletedAt: {} }],
    ['an undefined bound', { deletedAt: { gte: undefined } }],
    ['the negation of one', { deletedAt: { not: { gte: undefined } } }],
    ['one within NOT', { NOT: { deletedAt: { lt: undefined } } }],
    ['one within OR', { OR: [{ deletedAt: { lt: undefined } }, { id: { gt: 0 } }] }],
  ])('is none when it says nothing: %s', async (_, where) => {
    const { prisma } = world;
    expect(ids(await prisma.post.findMany({ where }))).not.toContain(2);
    expect(
      ids((await prisma.user.findUnique({ where: { id: 1 }, select: { posts: { where } } }))?.posts ?? []),
    ).not.toContain(2);
    await prisma.post.updateMany({ where, data: { score: { increment: 0 } } });
    expect(await prisma.user.findMany({ where: { id: 1, posts: { some: { ...where, id: 2 } } } })).toEqual([]);
  });

  it('is one when it names an instant', async () => {
    expect(ids(await world.prisma.post.findMany({ where: { deletedAt: new Date('2026-01-01') } }))).toEqual([2]);
  });

  it('is kept together with the filter of onlyDeleted', async () => {
    const { post } = world.prisma;
    expect(await onlyDeleted(post).findMany({ where: { deletedAt: null } })).toEqual([]);
    expect(ids(await onlyDeleted(post).findMany({ where: { deletedAt: { gt: new Date(0) } } }))).toEqual([2]);
    expect(await onlyDeleted(post).findUnique({ where: { id: 1 } })).toBeNull();
  });
});

describe('A filter that finds nothing', () => {
  let world: ReadingWorld;
  beforeAll(async () => {
    world = await ReadingWorld.create();
  });
  afterAll(() => world.close());

  it('goes on finding nothing, where Prisma would drop it from a conjunction', async () => {
    const { prisma } = world;
    expect(await prisma.post.findMany({ where: { OR: [] } })).toEqual([]);
    expect(await prisma.post.count({ where: { OR: [{}] } })).toBe(0);
    expect(await prisma.user.findMany({ where: { posts: { some: { OR: [] } } } })).toEqual([]);
    // Ann has active posts, and none of them is one of no posts.
    expect(await prisma.user.findMany({ where: { posts: { every: { OR: [] } } } })).toEqual([]);
  });
});
