import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PrismaClient } from '../fixture/generated/client';
import { SETTINGS } from '../fixture/fixture';
import { outcome, WriteWorld } from './write-world';

const TOUCH = { where: {}, data: { score: 1 } };
const BY_SCORE = { deleteMany: { score: 1 } };
const MADE = { title: 'made', authorId: 1 };

/** Operations on the reviews of a user, whose ids are 1 to 3. */
const WRITES: readonly object[] = [
  { updateMany: TOUCH, disconnect: { id: 1 }, deleteMany: {} },
  { deleteMany: {}, disconnect: { id: 1 }, updateMany: TOUCH },
  { updateMany: TOUCH, create: MADE, deleteMany: {} },
  { updateMany: TOUCH, create: MADE, ...BY_SCORE },
  { create: MADE, updateMany: TOUCH, disconnect: { id: 2 }, deleteMany: {}, connect: { id: 4 } },
  { deleteMany: { title: '1' }, connect: { id: 4 }, updateMany: TOUCH },
  { updateMany: { where: {}, data: { score: 2 } }, connect: { id: 4 }, ...BY_SCORE },
  { update: { where: { id: 1 }, data: { score: 1 } }, disconnect: { id: 2 }, delete: { id: 2 } },
  { update: { where: { id: 1 }, data: { score: 1 } }, create: MADE, delete: { id: 2 } },
  { delete: { id: 1 }, create: MADE, update: { where: { id: 1 }, data: { score: 1 } } },
  { delete: [{ id: 1 }], connect: { id: 4 }, update: { where: { id: 4 }, data: { score: 1 } } },
  { updateMany: undefined, disconnect: { id: 1 }, deleteMany: {} },
  { set: [{ id: 1 }, { id: 4 }], deleteMany: {} },
  { updateMany: TOUCH, set: [{ id: 1 }], deleteMany: {} },
  { connect: { id: 4 }, set: [{ id: 1 }] },
  { set: [{ id: 1 }, { id: 2 }], disconnect: { id: 1 }, deleteMany: {} },
  { set: [{ id: 1 }, { id: 2 }], updateMany: TOUCH, disconnect: { id: 1 } },
];

describe.each(SETTINGS.filter(({ max }) => max === 1))('operations of one nested write, $name', (setting) => {
  let world: WriteWorld;
  let plain: PrismaClient;
  beforeAll(async () => {
    world = await WriteWorld.create(setting);
    plain = world.fixture.client();
  });
  afterAll(() => world.close());
  beforeEach(() => world.clear());

  /** The outcome, and the rows that are left with their reviewer. */
  async function resultOf(client: PrismaClient, write: (client: PrismaClient) => PromiseLike<unknown>) {
    await world.clear();
    const titles = ['1', '2', '3', '4'];
    const data = {
      email: 'a@x',
      posts: { create: titles.map((title) => ({ title, score: title === '4' ? 1 : 0 })) },
    };
    await world.as(() => plain.user.create({ data }));
    await world.as(() => plain.user.create({ data: { email: 'b@x' } }));
    await world.as(() => plain.post.updateMany({ where: { id: { lt: 4 } }, data: { reviewerId: 1 } }));
    const told = await outcome(world.as(() => write(client)));
    const rows = (await world.rows('posts')).filter((row) => row['deleted_at'] === null);
    // Of a nested delete by key that finds nothing, Prisma says P2017, and of an update P2025.
    return {
      told: told === 'P2017' ? 'P2025' : told,
      rows: rows.map(({ id, score, reviewer_id: reviewer }) => ({ id, score, reviewer })),
    };
  }

  it.each(WRITES)('work in the order of the caller: %j', async (reviews) => {
    const write = (client: PrismaClient) => client.user.update({ where: { id: 1 }, data: { reviews } });
    expect(await resultOf(world.prisma, write)).toEqual(await resultOf(plain, write));
  });

  it.each(WRITES.slice(0, 4))('work in the order of the caller below other writes: %j', async (reviews) => {
    const data = { author: { update: { name: 'n', reviews } } };
    const write = (client: PrismaClient) => client.post.update({ where: { id: 4 }, data });
    expect(await resultOf(world.prisma, write)).toEqual(await resultOf(plain, write));
  });

  it.each(WRITES.slice(0, 4))('work in the order of the caller where an upsert updates: %j', async (reviews) => {
    const write = (client: PrismaClient) =>
      client.user.upsert({ where: { id: 1 }, create: { email: 'c@x' }, update: { reviews } });
    expect(await resultOf(world.prisma, write)).toEqual(await resultOf(plain, write));
  });

  it('do nothing where the row is not found', async () => {
    const write = (client: PrismaClient) =>
      client.user.update({ where: { id: 1, name: 'other' }, data: { reviews: WRITES[0] ?? {} } });
    const result = await resultOf(world.prisma, write);
    expect(result).toEqual(await resultOf(plain, write));
    expect(result.told).toBe('P2025');
  });

  it('change the row of a relation to one before it is deleted', async () => {
    const write = (client: PrismaClient) =>
      client.post.update({
        where: { id: 1 },
        data: { reviewer: { update: { name: 'last' }, delete: true } },
      });
    await resultOf(world.prisma, write);
    expect((await world.rows('users')).map((row) => [row['name'], row['deleted_at'] === null])).toEqual([
      ['last', false],
      [null, true],
    ]);
  });
});
