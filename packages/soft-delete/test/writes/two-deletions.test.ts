import type { Prisma } from '../fixture/generated/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SoftDeleteOperations } from '../../src/soft-delete.operations';
import { SETTINGS } from '../fixture/fixture';
import { twoAtATime } from './two-at-a-time';
import { WriteWorld } from './write-world';

const CASCADE = { User: ['Post.author', 'Profile'], Post: ['Comment'], Order: ['OrderLine'] };

// Two transactions at a time want two connections.
describe.each(SETTINGS.filter(({ max }) => max > 1))('two deletions of the same rows at a time, $name', (setting) => {
  let world: WriteWorld;
  beforeAll(async () => {
    world = await WriteWorld.create(setting, { cascade: CASCADE });
  });
  afterAll(() => world.close());
  beforeEach(() => world.clear());

  const users = async (): Promise<void> => {
    for (const email of ['a@x', 'b@x']) {
      await world.as(() =>
        world.prisma.user.create({
          data: {
            email,
            profile: { create: { bio: 'b' } },
            posts: { create: { title: 't', comments: { create: { text: 'c' } } } },
          },
        }),
      );
    }
  };
  const marks = async (table: string, order = 'id'): Promise<unknown[]> => [
    ...new Set((await world.rows(table, order)).map((row) => row['deletion_id'])),
  ];

  it.each<Prisma.UserDeleteManyArgs>([{ limit: 2 }, { limit: 5, where: { posts: { some: {} } } }, {}])(
    'take each row once: %j',
    async (args) => {
      await users();
      const { first, second } = await twoAtATime(world, (tx) => tx.user.deleteMany(args));
      expect([first, second]).toEqual([{ count: 2 }, { count: 0 }]);
      expect(await marks('users')).toHaveLength(1);
      expect(await marks('posts')).toEqual(await marks('users'));
      await world.as(() => new SoftDeleteOperations(world.prisma).restoreMany('User'));
      expect(await world.deleted('users')).toEqual([]);
      expect(await world.deleted('posts')).toEqual([]);
    },
  );

  it('take each row once where a key has several fields', async () => {
    await world.as(() => world.prisma.order.createMany({ data: [1, 2, 3].map((number) => ({ region: 'n', number })) }));
    const { first, second } = await twoAtATime(world, (tx) => tx.order.deleteMany({ limit: 3 }));
    expect([first, second]).toEqual([{ count: 3 }, { count: 0 }]);
    expect(await marks('orders', 'number')).toHaveLength(1);
  });
});
