import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ids, ReadingWorld } from './reading-world';

describe.each(['client', 'database'] as const)('A relation to a deleted row (%s)', (enforcement) => {
  let world: ReadingWorld;
  beforeAll(async () => {
    world = await ReadingWorld.create({ enforcement, omit: { user: { deletedAt: true } } });
  });
  afterAll(() => world.close());

  it('is null, whether it is required or not, at any depth', async () => {
    const { prisma } = world;
    const post = await prisma.post.findUnique({ where: { id: 3 }, include: { author: true } });
    expect(post).toMatchObject({ id: 3, author: null });
    const comments = await prisma.comment.findMany({
      orderBy: { id: 'asc' },
      select: { id: true, author: { select: { name: true } }, post: { select: { id: true, author: true } } },
    });
    expect(comments).toEqual([
      { id: 1, author: null, post: { id: 1, author: expect.objectContaining({ name: 'ann' }) as unknown } },
      { id: 2, author: { name: 'ann' }, post: null },
      { id: 3, author: { name: 'ann' }, post: { id: 3, author: null } },
    ]);
  });

  it('is null from the side without the key', async () => {
    const ann = await world.prisma.user.findUnique({ where: { id: 1 }, include: { profile: true } });
    expect(ann?.profile).toBeNull();
    expect(ids(await world.prisma.user.findMany({ where: { profile: null } }))).toEqual([1]);
  });

  it('is null in a filter', async () => {
    const { prisma } = world;
    expect(ids(await prisma.post.findMany({ where: { reviewer: null } }))).toEqual([1, 4]);
    expect(ids(await prisma.post.findMany({ where: { reviewer: { is: null } } }))).toEqual([1, 4]);
    expect(ids(await prisma.post.findMany({ where: { reviewer: { isNot: null } } }))).toEqual([3]);
    expect(ids(await prisma.post.findMany({ where: { NOT: { reviewer: null } } }))).toEqual([3]);
    expect(await prisma.post.findMany({ where: { reviewer: { name: 'bob' } } })).toEqual([]);
  });

  it('leaves the fields of the answer as they were asked for', async () => {
    const { prisma } = world;
    const post = await prisma.post.findUnique({
      where: { id: 1 },
      select: { author: true, comments: { select: { post: { select: { title: true, deletedAt: true } } } } },
    });
    expect(post?.author).toEqual({
      id: 1,
      tenantId: 'none',
      email: 'ann@x',
      name: 'ann',
      age: 0,
      accountId: 1,
      deletedBy: null,
      deletionId: null,
    });
    expect(post?.comments).toEqual([{ post: { title: 'one', deletedAt: null } }]);
    const omitted = await prisma.comment.findUnique({
      where: { id: 1 },
      include: { post: { omit: { deletedAt: true } } },
    });
    expect(Object.keys(omitted?.post ?? {})).not.toContain('deletedAt');
    expect(omitted?.post).toHaveProperty('title', 'one');
  });

  it('ends a chain of calls', async () => {
    const { prisma } = world;
    expect(await prisma.post.findUnique({ where: { id: 3 } }).author()).toBeNull();
    expect(
      await prisma.post
        .findUnique({ where: { id: 3 } })
        .author()
        .posts(),
    ).toBeNull();
    expect(
      await prisma.comment
        .findUnique({ where: { id: 2 } })
        .post()
        .author(),
    ).toBeNull();
    expect(
      await prisma.comment
        .findUnique({ where: { id: 1 } })
        .post()
        .author(),
    ).toMatchObject({ name: 'ann' });
    expect(
      ids(
        (await prisma.comment
          .findUnique({ where: { id: 1 } })
          .post()
          .author()
          .posts()) ?? [],
      ),
    ).toEqual([1, 4]);
  });

  it('is null in what a write answers', async () => {
    const { prisma } = world;
    const comment = await prisma.comment.update({
      where: { id: 1 },
      data: { text: 'a' },
      select: { author: { select: { name: true } }, post: { select: { tags: { select: { label: true } } } } },
    });
    expect(comment).toEqual({ author: null, post: { tags: [{ label: 'kept' }] } });
  });

  it('does not keep Prisma from refusing a selection of nothing', async () => {
    const asked = world.prisma.post.findFirst({ select: { author: { select: {} } } });
    await expect(asked).rejects.toThrow('must not be empty');
    const every = {
      id: true,
      tenantId: true,
      email: true,
      name: true,
      age: true,
      accountId: true,
      deletedAt: true,
    } as const;
    const omit = { ...every, deletedBy: true, deletionId: true } as const;
    const omitting = world.prisma.post.findFirst({ include: { author: { omit } } });
    await expect(omitting).rejects.toThrow('At least one field must be included');
  });
});

describe.each(['client', 'database'] as const)(
  "A required relation to a deleted row, with deletedToOne 'error' (%s)",
  (enforcement) => {
    let world: ReadingWorld;
    beforeAll(async () => {
      world = await ReadingWorld.create({ enforcement, deletedToOne: 'error' });
    });
    afterAll(() => world.close());

    it('fails with a conflict that names it', async () => {
      const { prisma } = world;
      const failure = { code: 'SOFT_DELETE_RELATION_DELETED', status: 409, model: 'Post', relation: 'author' };
      await expect(prisma.post.findMany({ include: { author: true } })).rejects.toMatchObject(failure);
      await expect(prisma.post.findUnique({ where: { id: 3 } }).author()).rejects.toMatchObject(failure);
      const nested = prisma.comment.findMany({
        select: { author: true, post: { select: { author: { select: { id: true } } } } },
      });
      await expect(nested).rejects.toMatchObject({ code: 'SOFT_DELETE_RELATION_DELETED' });
    });

    it('is null all the same when it is optional', async () => {
      const { prisma } = world;
      expect(
        await prisma.post.findUnique({
          where: { id: 4 },
          select: { reviewer: true, author: { select: { id: true } } },
        }),
      ).toEqual({
        reviewer: null,
        author: { id: 1 },
      });
    });

    it('does not fail for rows that are not there', async () => {
      expect(await world.prisma.post.findUnique({ where: { id: 2 } }).author()).toBeNull();
    });
  },
);
