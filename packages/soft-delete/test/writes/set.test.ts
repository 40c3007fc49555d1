import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SETTINGS } from '../fixture/fixture';
import { outcome, WriteWorld } from './write-world';

describe.each(SETTINGS)('set and disconnect, $name', (setting) => {
  let world: WriteWorld;
  let user = 0;
  beforeAll(async () => {
    world = await WriteWorld.create(setting);
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    await world.clear();
    const { prisma } = world;
    const made = await world.as(() => prisma.user.create({ data: { email: 'a@x' } }));
    user = made.id;
    const data = ['1', '2', '3', '4'].map((title) => ({
      title,
      authorId: user,
      reviewerId: title === '4' ? null : user,
    }));
    await world.as(() => prisma.post.createMany({ data }));
    await world.as(() => prisma.post.delete({ where: { id: 1 } }));
  });

  const reviewers = async () => (await world.rows('posts')).map((row) => row['reviewer_id']);
  const update = (data: object) => world.as(() => world.prisma.user.update({ where: { id: user }, data }));

  it('set lets go of active rows, not of deleted ones', async () => {
    await update({ reviews: { set: [{ id: 2 }, { id: 4 }] } });
    expect(await reviewers()).toEqual([user, user, null, user]);
    await update({ reviews: { set: [] } });
    expect(await reviewers()).toEqual([user, null, null, null]);
    await update({ reviews: { set: { id: 3 } } });
    expect(await reviewers()).toEqual([user, null, user, null]);
  });

  it('set passes a row by that is deleted, as one that is not there', async () => {
    await update({ reviews: { set: [{ id: 1 }, { id: 2 }] } });
    expect(await reviewers()).toEqual([user, user, null, null]);
    await update({ reviews: { set: { id: 1 } } });
    expect(await reviewers()).toEqual([user, null, null, null]);
  });

  it('set does with a row that is not there what it does without soft deletes', async () => {
    const plain = world.fixture.client({ max: 1 });
    const link = { tags: { create: [{ label: 'a' }] } };
    await world.as(() => plain.post.update({ where: { id: 2 }, data: link }));
    const results = [];
    for (const client of [plain, world.prisma]) {
      await world.as(() => client.post.updateMany({ where: { id: { in: [2, 3] } }, data: { reviewerId: user } }));
      const reviews = { set: [{ id: 999 }, { id: 3 }] };
      const one = await outcome(world.as(() => client.user.update({ where: { id: user }, data: { reviews } })));
      const tags = { set: [{ id: 999 }, { id: 1 }] };
      const two = await outcome(world.as(() => client.post.update({ where: { id: 2 }, data: { tags } })));
      results.push({
        one,
        two,
        reviewers: (await reviewers()).slice(1),
        links: await world.rows('"_PostToTag"', '"B"'),
      });
    }
    expect(results[1]).toEqual(results[0]);
  });

  it('set is not refused because of a deleted row that cannot be let go of', async () => {
    expect(await outcome(update({ posts: { set: [{ id: 2 }, { id: 3 }, { id: 4 }] } }))).toBe('done');
    expect(await outcome(update({ posts: { set: [{ id: 2 }] } }))).toBe('P2014');
  });

  it('set keeps the links of deleted rows of a many-to-many relation', async () => {
    const { prisma } = world;
    await world.as(() =>
      prisma.post.update({
        where: { id: 2 },
        data: { tags: { create: [{ label: 'a' }, { label: 'b' }, { label: 'c' }] } },
      }),
    );
    await world.as(() => prisma.tag.delete({ where: { id: 1 } }));
    await world.as(() => prisma.post.update({ where: { id: 2 }, data: { tags: { set: [{ id: 3 }] } } }));
    expect(await world.rows('"_PostToTag"', '"B"')).toEqual([
      { A: 2, B: 1 },
      { A: 2, B: 3 },
    ]);
  });

  it('disconnect passes deleted rows by', async () => {
    await update({ reviews: { disconnect: [{ id: 1 }, { id: 2 }] } });
    expect(await reviewers()).toEqual([user, null, user, null]);
  });

  it('disconnect lets a row go of the deleted one that it refers to', async () => {
    const { prisma } = world;
    const other = await world.as(() => prisma.user.create({ data: { email: 'b@x' } }));
    await world.as(() => prisma.post.update({ where: { id: 4 }, data: { reviewerId: other.id } }));
    await world.as(() => prisma.user.delete({ where: { id: other.id } }));
    await world.as(() => prisma.post.update({ where: { id: 4 }, data: { reviewer: { disconnect: true } } }));
    expect((await reviewers())[3]).toBeNull();
  });
});
