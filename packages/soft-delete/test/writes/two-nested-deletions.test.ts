import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SETTINGS } from '../fixture/fixture';
import { twoAtATime } from './two-at-a-time';
import { WriteWorld } from './write-world';

const CASCADE = { User: ['Post.author', 'Profile'], Post: ['Comment'], Order: ['OrderLine'] };

// Two transactions at a time want two connections.
describe.each(SETTINGS.filter(({ max }) => max > 1))(
  'two nested deletions of the same rows at a time, $name',
  (setting) => {
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

    it.each([{ delete: { id: 1 } }, { delete: [{ id: 1 }] }, { deleteMany: {} }, { deleteMany: [{ title: 't' }, {}] }])(
      'leave what a nested one took to it: %j',
      async (posts) => {
        await users();
        await twoAtATime(world, (tx) => tx.user.update({ where: { id: 1 }, data: { posts } }));
        const [post] = await world.rows('posts');
        const [comment] = await world.rows('comments');
        expect(post?.['deletion_id']).not.toBeNull();
        expect(comment?.['deletion_id']).toBe(post?.['deletion_id']);
      },
    );

    it('leave the row of a relation to one to the first, and fail with P2025', async () => {
      await users();
      const ids: unknown[] = [];
      const { second } = await twoAtATime(world, async (tx) => {
        await tx.user.update({ where: { id: 1 }, data: { profile: { delete: true } } });
        const found = await tx.$queryRaw<{ id: string }[]>`SELECT deletion_id::text AS id FROM profiles WHERE id = 1`;
        ids.push(found[0]?.id);
      });
      expect(second).toBe('P2025');
      expect((await world.rows('profiles'))[0]?.['deletion_id']).toBe(ids[0]);
    });

    it('leave the row that another row refers to to the first, and fail with P2025', async () => {
      await users();
      await world.as(() => world.prisma.post.update({ where: { id: 2 }, data: { reviewerId: 1 } }));
      const { second } = await twoAtATime(world, (tx) =>
        tx.post.update({ where: { id: 2 }, data: { reviewer: { delete: true } } }),
      );
      expect(second).toBe('P2025');
      expect(await marks('posts')).toEqual([(await world.rows('users'))[0]?.['deletion_id'], null]);
    });
  },
);
