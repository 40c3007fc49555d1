import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SoftDeleteContext } from '../../src/visibility/soft-delete-context';
import { SETTINGS } from '../fixture/fixture';
import { outcome, WriteWorld } from './write-world';

describe.each(SETTINGS)('nested deletes, $name', (setting) => {
  let world: WriteWorld;
  let author = 0;
  let post = 0;
  beforeAll(async () => {
    world = await WriteWorld.create(setting, { cascade: { User: ['Post.author', 'Profile'], Post: ['Comment'] } });
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    await world.clear();
    const comments = { create: [{ text: '1' }, { text: '2' }, { text: '3' }] };
    const made = await world.as(() =>
      world.prisma.user.create({
        data: {
          email: 'a@x',
          profile: { create: { bio: 'b' } },
          posts: { create: [{ title: 'p', comments }, { title: 'q' }] },
        },
        include: { posts: { orderBy: { id: 'asc' } } },
      }),
    );
    author = made.id;
    post = made.posts[0]?.id ?? 0;
    world.events.length = 0;
  });

  const update = (data: object) => world.as(() => world.prisma.user.update({ where: { id: author }, data }));
  const marks = async (table: string) =>
    (await world.rows(table)).map((row) => row['deletion_id']).filter((id) => id !== null);

  it('mark the rows of lists, by key and by filter', async () => {
    await world.as(() => world.prisma.post.update({ where: { id: post }, data: { comments: { delete: { id: 1 } } } }));
    expect(await world.deleted('comments')).toEqual([1]);
    await world.as(() =>
      world.prisma.post.update({ where: { id: post }, data: { comments: { delete: [{ id: 2 }, { id: 3 }] } } }),
    );
    expect(await world.deleted('comments')).toEqual([1, 2, 3]);
    await update({ posts: { deleteMany: { title: 'q' } } });
    expect(await world.deleted('posts')).toEqual([2]);
    await update({ posts: { deleteMany: [{ title: 'none' }, {}] } });
    expect(await world.deleted('posts')).toEqual([1, 2]);
  });

  it('fail with P2025 for a row that is deleted', async () => {
    const remove = (id: number) =>
      world.as(() => world.prisma.post.update({ where: { id: post }, data: { comments: { delete: { id } } } }));
    await remove(1);
    const before = await world.rows('comments');
    expect(await outcome(remove(1))).toBe('P2025');
    expect(await world.rows('comments')).toEqual(before);
  });

  it('mark the row of a relation to one', async () => {
    await update({ profile: { delete: true } });
    expect(await world.deleted('profiles')).toEqual([1]);
    expect(await outcome(update({ profile: { delete: true } }))).toBe('P2025');
    await world.as(() =>
      world.prisma.post.update({ where: { id: post }, data: { reviewer: { create: { email: 'r@x' } } } }),
    );
    const remove = (filter: object) =>
      world.as(() => world.prisma.post.update({ where: { id: post }, data: { reviewer: { delete: filter } } }));
    expect(await outcome(remove({ email: 'other@x' }))).toBe('P2025');
    await remove({ email: 'r@x' });
    expect(await world.deleted('users')).toEqual([2]);
  });

  it('are found at any depth, beside other writes', async () => {
    await update({
      name: 'n',
      posts: {
        create: { title: 'new' },
        update: [
          {
            where: { id: post },
            data: {
              score: 5,
              comments: {
                deleteMany: { text: '1' },
                delete: { id: 2 },
                updateMany: { where: { text: '3' }, data: { text: 'x' } },
              },
            },
          },
        ],
        delete: { id: post + 1 },
        upsert: { where: { id: post }, create: { title: 'no' }, update: { title: 'u', comments: { deleteMany: [] } } },
      },
    });
    expect(await world.deleted('comments')).toEqual([1, 2]);
    expect(await world.deleted('posts')).toEqual([post + 1]);
    expect((await world.rows('comments')).map((row) => row['text'])).toEqual(['1', '2', 'x']);
    expect((await world.rows('posts')).map((row) => row['title'])).toEqual(['u', 'q', 'new']);
  });

  it('cascade as others do, as one deletion with one event for each model', async () => {
    await update({ posts: { delete: { id: post } }, profile: { delete: true } });
    const ids = [...(await marks('posts')), ...(await marks('comments')), ...(await marks('profiles'))];
    expect(ids).toHaveLength(5);
    expect(new Set(ids).size).toBe(1);
    expect(world.events).toHaveLength(3);
    expect(world.events).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ model: 'Post', where: undefined, count: 1, cause: undefined, deletionId: ids[0] }),
        expect.objectContaining({ model: 'Comment', where: undefined, count: 3, cause: 'Post' }),
        expect.objectContaining({ model: 'Profile', where: undefined, count: 1, cause: undefined }),
      ]),
    );
  });

  it('tell of nothing that was not found', async () => {
    await update({ posts: { deleteMany: { title: 'none' } } });
    expect(world.events).toEqual([]);
  });

  it('spread from a row that is never deleted softly itself', async () => {
    const account = await world.as(() =>
      world.prisma.account.create({ data: { name: 'acme', users: { connect: { id: author } } } }),
    );
    await world.as(() =>
      world.prisma.account.update({ where: { id: account.id }, data: { users: { deleteMany: {} } } }),
    );
    expect(await world.deleted('users')).toEqual([author]);
    expect(await world.deleted('comments')).toEqual([1, 2, 3]);
  });

  it('remove rows for good where their model is left alone', async () => {
    await world.as(() =>
      SoftDeleteContext.run({ filterMode: 'default', skipSoftDelete: true, models: ['Comment'] }, () =>
        world.prisma.post.update({
          where: { id: post },
          data: { comments: { delete: { id: 1 }, deleteMany: { text: '2' } } },
        }),
      ),
    );
    expect((await world.rows('comments')).map((row) => row['id'])).toEqual([3]);
  });

  it('are undone together with what they stand in', async () => {
    expect(
      await outcome(update({ posts: { delete: { id: post }, update: { where: { id: 99 }, data: { score: 1 } } } })),
    ).toBe('P2025');
    expect(await world.deleted('posts')).toEqual([]);
    expect(await world.deleted('comments')).toEqual([]);
    expect(world.events).toEqual([]);
  });

  it('leave the arguments of the caller as they are', async () => {
    const data = { posts: { delete: { id: post }, update: { where: { id: post + 1 }, data: { score: 1 } } } };
    const copy = structuredClone(data);
    await update(data);
    expect(data).toEqual(copy);
  });
});
