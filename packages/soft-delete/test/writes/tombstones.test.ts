import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { onlyDeleted, withDeleted } from '../../src/visibility/with-deleted';
import { SETTINGS } from '../fixture/fixture';
import { outcome, WriteWorld } from './write-world';

describe.each(SETTINGS)('writes that come upon deleted rows, $name', (setting) => {
  let world: WriteWorld;
  let active = 0;
  let gone = 0;
  beforeAll(async () => {
    world = await WriteWorld.create(setting);
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    await world.clear();
    const { prisma } = world;
    active = (await world.as(() => prisma.user.create({ data: { email: 'active@x' } }))).id;
    gone = (await world.as(() => prisma.user.create({ data: { email: 'gone@x' } }))).id;
    await world.as(() => prisma.user.delete({ where: { id: gone } }));
  });

  const nameOf = async (id: number) => (await world.rows('users')).find((row) => row['id'] === id)?.['name'];

  it('updates neither find nor count deleted rows', async () => {
    const { prisma } = world;
    const data = { name: 'new' };
    expect(await outcome(world.as(() => prisma.user.update({ where: { id: gone }, data })))).toBe('P2025');
    expect(await world.as(() => prisma.user.updateMany({ data }))).toEqual({ count: 1 });
    expect(await world.as(() => prisma.user.updateManyAndReturn({ data, select: { id: true } }))).toEqual([
      { id: active },
    ]);
    expect(await nameOf(gone)).toBeNull();
    expect(await nameOf(active)).toBe('new');
  });

  it('updates find deleted rows for who asks for them', async () => {
    const { prisma } = world;
    const data = { name: 'new' };
    await world.as(() => prisma.user.update({ where: { id: gone, deletedAt: { not: null } }, data }));
    expect(await nameOf(gone)).toBe('new');
    expect(await world.as(() => prisma.user.updateMany({ where: { deletedAt: { not: null } }, data }))).toEqual({
      count: 1,
    });
    expect(await world.as(() => withDeleted(prisma.user).updateMany({ data }))).toEqual({ count: 2 });
    expect(await world.as(() => onlyDeleted(prisma.user).updateMany({ data }))).toEqual({ count: 1 });
    await world.as(() => withDeleted(prisma.user).update({ where: { id: gone }, data: { name: 'newer' } }));
    expect(await nameOf(gone)).toBe('newer');
  });

  it('answers of writes show no deleted rows', async () => {
    const { prisma } = world;
    const created = await world.as(() =>
      prisma.post.create({
        data: { title: 't', authorId: active, reviewerId: gone },
        include: { reviewer: true, author: true },
      }),
    );
    expect(created).toMatchObject({ reviewer: null, author: { id: active } });
    await world.as(() =>
      prisma.comment.createMany({
        data: [
          { text: '1', postId: created.id },
          { text: '2', postId: created.id },
        ],
      }),
    );
    await world.as(() => prisma.comment.deleteMany({ where: { text: '1' } }));
    const include = { comments: { select: { text: true } }, _count: { select: { comments: true } } };
    const updated = await world.as(() =>
      prisma.post.update({ where: { id: created.id }, data: { score: 1 }, include }),
    );
    expect(updated).toMatchObject({ comments: [{ text: '2' }], _count: { comments: 1 } });
    const deleted = await world.as(() =>
      prisma.post.delete({ where: { id: created.id }, include: { ...include, reviewer: true } }),
    );
    expect(deleted).toMatchObject({ comments: [{ text: '2' }], _count: { comments: 1 }, reviewer: null });
  });

  it('filters in writes see no deleted related rows', async () => {
    const { prisma } = world;
    const post = await world.as(() => prisma.post.create({ data: { title: 't', authorId: active, reviewerId: gone } }));
    const where = { reviewer: { email: 'gone@x' } };
    expect(await world.as(() => prisma.post.updateMany({ where, data: { score: 1 } }))).toEqual({ count: 0 });
    expect(await world.as(() => prisma.post.deleteMany({ where }))).toEqual({ count: 0 });
    expect(
      await world.as(() => prisma.account.updateMany({ where: { users: { some: {} } }, data: { name: 'n' } })),
    ).toEqual({ count: 0 });
    expect(await world.deleted('posts')).toEqual([]);
    expect(post.id).toBeGreaterThan(0);
  });

  it('connect finds no deleted row', async () => {
    const { prisma } = world;
    const data = (id: number) => ({ title: 't', author: { connect: { id } } });
    expect(await outcome(world.as(() => prisma.post.create({ data: data(gone) })))).toMatch(/^P20(18|25)$/);
    const post = await world.as(() => prisma.post.create({ data: data(active) }));
    const connect = { reviewer: { connect: { id: gone } } };
    expect(await outcome(world.as(() => prisma.post.update({ where: { id: post.id }, data: connect })))).toMatch(
      /^P20(18|25)$/,
    );
    const tag = await world.as(() => prisma.tag.create({ data: { label: 'l' } }));
    await world.as(() => prisma.tag.delete({ where: { id: tag.id } }));
    const connectTag = { tags: { connect: [{ id: tag.id }] } };
    expect(await outcome(world.as(() => prisma.post.update({ where: { id: post.id }, data: connectTag })))).toMatch(
      /^P20(18|25)$/,
    );
    expect(
      await world.as(() =>
        withDeleted(prisma.user).update({ where: { id: active }, data: { posts: { connect: { id: post.id } } } }),
      ),
    ).toMatchObject({ id: active });
  });

  it('connectOrCreate takes a deleted row for gone', async () => {
    const { prisma } = world;
    const reviewer = (id: number) => ({ connectOrCreate: { where: { id }, create: { email: 'new@x' } } });
    const data = { title: 't', author: { connect: { id: active } } };
    const post = await world.as(() =>
      prisma.post.create({ data: { ...data, reviewer: reviewer(gone) }, include: { reviewer: true } }),
    );
    expect(post.reviewer).toMatchObject({ email: 'new@x' });
    const other = await world.as(() => prisma.post.create({ data: { ...data, reviewer: reviewer(active) } }));
    expect(other.reviewerId).toBe(active);
  });

  it('upsert takes a deleted row for gone', async () => {
    const { prisma } = world;
    const upsert = (id: number) =>
      prisma.user.upsert({ where: { id }, create: { email: 'new@x' }, update: { name: 'u' } });
    expect(await world.as(() => upsert(gone))).toMatchObject({ email: 'new@x', name: null });
    expect(await world.as(() => upsert(active))).toMatchObject({ id: active, name: 'u' });
    expect(await world.deleted('users')).toEqual([gone]);
  });

  it('nested updates and upserts find no deleted row', async () => {
    const { prisma } = world;
    const post = await world.as(() =>
      prisma.post.create({
        data: { title: 't', authorId: active, reviewerId: gone, comments: { create: [{ text: '1' }, { text: '2' }] } },
      }),
    );
    const [one, two] = await world.as(() => prisma.comment.findMany({ orderBy: { id: 'asc' } }));
    await world.as(() => prisma.comment.delete({ where: { id: one?.id ?? 0 } }));
    const write = (data: object) => world.as(() => prisma.post.update({ where: { id: post.id }, data }));
    const text = async () => (await world.rows('comments')).map((row) => row['text']);
    expect(await outcome(write({ comments: { update: { where: { id: one?.id }, data: { text: 'x' } } } }))).toBe(
      'P2025',
    );
    await write({ comments: { updateMany: { where: {}, data: { text: 'y' } } } });
    expect(await text()).toEqual(['1', 'y']);
    await write({ comments: { update: { where: { id: two?.id }, data: { text: 'z' } } } });
    await write({ comments: { upsert: { where: { id: one?.id }, create: { text: 'new' }, update: { text: 'no' } } } });
    expect(await text()).toEqual(['1', 'z', 'new']);
    expect(await outcome(write({ reviewer: { update: { name: 'no' } } }))).toBe('P2025');
    expect(await outcome(write({ reviewer: { update: { where: { id: gone }, data: { name: 'no' } } } }))).toBe('P2025');
    await write({ author: { update: { name: 'yes' } } });
    await write({ reviewer: { upsert: { create: { email: 'r@x' }, update: { email: 'no' } } } });
    expect((await world.rows('users')).map((row) => [row['email'], row['name']])).toEqual([
      ['active@x', 'yes'],
      ['gone@x', null],
      ['r@x', null],
    ]);
  });

  it('a deleted row does not take the place of a relation to one', async () => {
    const { prisma } = world;
    await world.fixture.asAdmin('DROP INDEX IF EXISTS profiles_user_id_key');
    const write = (profile: object) =>
      world.as(() => prisma.user.update({ where: { id: active }, data: { profile }, include: { profile: true } }));
    await write({ create: { bio: '1' } });
    expect(await outcome(write({ create: { bio: 'no' } }))).toBe('P2014');
    await write({ delete: true });
    expect((await write({ create: { bio: '2' } })).profile).toMatchObject({ bio: '2' });
    await write({ delete: true });
    const upsert = { create: { bio: '3' }, update: { bio: '4' } };
    expect((await write({ upsert })).profile).toMatchObject({ bio: '3' });
    expect((await write({ upsert })).profile).toMatchObject({ bio: '4' });
    expect((await world.rows('profiles')).map((row) => [row['bio'], row['deleted_at'] === null])).toEqual([
      ['1', false],
      ['2', false],
      ['4', true],
    ]);
  });
});
