import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SoftDeleteOperations } from '@nestarc/soft-delete';
import { ChainWorld, type Entry, inShort, POOLS } from './shop/chain-world';
import type { PrismaClient } from './shop/generated/client';

const A = 'tenant-a';

/** What an entry says of the deletion it is part of. */
const operations = (entries: readonly Entry[]): Set<string | null> =>
  new Set(entries.map((entry) => entry.operationId));

describe('What the audit table says of soft deletes', () => {
  let world: ChainWorld;
  beforeAll(async () => {
    world = await ChainWorld.create();
  });
  afterAll(() => world.close());

  describe.each(POOLS)('with a pool of %i', (max) => {
    let client: PrismaClient;
    let operate: SoftDeleteOperations;
    beforeAll(() => {
      client = world.client({ max });
      operate = world.operations(client);
    });
    beforeEach(async () => {
      await world.clear();
      await world.as(A, () =>
        client.user.create({
          data: {
            email: 'ann@a.example',
            posts: {
              create: [
                { title: 'One', comments: { create: [{ text: 'a' }, { text: 'b' }] } },
                { title: 'Two', comments: { create: [{ text: 'c' }] } },
              ],
            },
          },
        }),
      );
    });
    const as = <T>(work: () => PromiseLike<T>): Promise<T> => world.as(A, work);
    const TREE = ['User 1', 'Post 1', 'Post 2', 'Comment 1', 'Comment 2', 'Comment 3'];
    const all = (verb: string): string[] => TREE.map((row) => row.replace(' ', `.${verb} `));

    it('a delete is one entry a row, softDeleted, with both images, all of one operation', async () => {
      const entries = await world.entriesOf(() => as(() => client.user.delete({ where: { id: 1 } })));
      expect(inShort(entries)).toEqual(all('softDeleted'));
      const [user] = await world.asAdmin<{ deletion_id: string }>('SELECT deletion_id FROM users');
      expect([...operations(entries)]).toEqual([user?.deletion_id]);
      expect(entries[0]).toMatchObject({
        ...{ op: 'update', tenantId: A, actorId: `user-of-${A}`, requestId: `request-${A}` },
        ...{ old: { deleted_at: null }, new: { deleted_by: `user-of-${A}`, deletion_id: user?.deletion_id } },
      });
    });

    it('so is a deleteMany, and one in an interactive transaction, whose other statements are what they are', async () => {
      const many = await world.entriesOf(() => as(() => client.comment.deleteMany({ where: { postId: 1 } })));
      expect(inShort(many)).toEqual(['Comment.softDeleted 1', 'Comment.softDeleted 2']);
      expect(operations(many).size).toBe(1);
      const mixed = await world.entriesOf(() =>
        as(() =>
          client.$transaction(async (tx) => {
            await tx.user.update({ where: { id: 1 }, data: { name: 'Before' } });
            await tx.post.delete({ where: { id: 2 } });
            await tx.user.update({ where: { id: 1 }, data: { name: 'After' } });
          }),
        ),
      );
      expect(mixed.map(({ action, operationId: id }) => [action, id === null])).toEqual([
        ['User.updated', true],
        ['Post.softDeleted', false],
        ['Comment.softDeleted', false],
        ['User.updated', true],
      ]);
      expect(new Set(mixed.map(({ xid }) => xid)).size).toBe(1);
    });

    it('the members of an array are what each of them is', async () => {
      const entries = await world.entriesOf(() =>
        as(() =>
          client.$transaction([
            client.user.update({ where: { id: 1 }, data: { name: 'Before' } }),
            client.comment.delete({ where: { id: 3 } }),
            client.comment.delete({ where: { id: 1 } }),
            client.user.update({ where: { id: 1 }, data: { name: 'After' } }),
          ]),
        ),
      );
      expect(inShort(entries)).toEqual([
        ...['User.updated 1', 'Comment.softDeleted 3', 'Comment.softDeleted 1', 'User.updated 1'],
      ]);
      expect(operations(entries).size).toBe(3);
      expect(new Set(entries.map(({ xid }) => xid)).size).toBe(1);
    });

    it('a nested delete is one, and what the same call updates is an update', async () => {
      const entries = await world.entriesOf(() =>
        as(() =>
          client.user.update({
            where: { id: 1 },
            data: { name: 'Ann', posts: { delete: { id: 1 }, create: { title: 'Three' } } },
          }),
        ),
      );
      expect(inShort(entries).sort()).toEqual([
        ...['Comment.softDeleted 1', 'Comment.softDeleted 2', 'Post.created 3', 'Post.softDeleted 1', 'User.updated 1'],
      ]);
      const nested = await world.entriesOf(() =>
        as(() => client.user.update({ where: { id: 1 }, data: { posts: { deleteMany: { title: 'Two' } } } })),
      );
      expect(inShort(nested)).toEqual(['Post.softDeleted 2', 'Comment.softDeleted 3']);
    });

    it('a restoration is restored, of the operation that it undoes', async () => {
      await as(() => client.user.delete({ where: { id: 1 } }));
      const [user] = await world.asAdmin<{ deletion_id: string }>('SELECT deletion_id FROM users');
      const entries = await world.entriesOf(() => as(() => operate.restore('User', { id: 1 })));
      expect(inShort(entries).sort()).toEqual(all('restored').sort());
      expect([...operations(entries)]).toEqual([user?.deletion_id]);
      expect(entries[0]).toMatchObject({ op: 'update', tenantId: A, new: { deleted_at: null, deletion_id: null } });
    });

    it('restoreMany is restored, under one operation, also in a transaction', async () => {
      await as(() => client.post.delete({ where: { id: 1 } }));
      await as(() => client.post.delete({ where: { id: 2 } }));
      const entries = await world.entriesOf(() =>
        as(() =>
          client.$transaction(async (tx) => {
            await operate.restoreMany('Post', { tx });
            await tx.user.update({ where: { id: 1 }, data: { name: 'Ann' } });
          }),
        ),
      );
      expect(inShort(entries).sort()).toEqual([...all('restored').slice(1).sort(), 'User.updated 1']);
      expect(operations(entries).size).toBe(2);
    });

    it('what an upsert revives is restored', async () => {
      const reviving = world.client({ max, softDelete: { deletedUpsert: 'revive' } });
      await as(() => client.post.delete({ where: { id: 1 } }));
      const entries = await world.entriesOf(() =>
        as(() =>
          reviving.post.upsert({
            where: { id: 1 },
            update: { title: 'Again' },
            create: { title: 'New', authorId: 1 },
          }),
        ),
      );
      expect(inShort(entries).sort()).toEqual([
        ...['Comment.restored 1', 'Comment.restored 2', 'Post.restored 1', 'Post.updated 1'],
      ]);
    });

    it('a purge is purged, one operation for all batches, and takes the rows off with their last image', async () => {
      await as(() => client.user.delete({ where: { id: 1 } }));
      const past = new Date(Date.now() - 60_000);
      await world.asAdmin('UPDATE users SET deleted_at = $1', [past]);
      await world.asAdmin('UPDATE posts SET deleted_at = $1', [past]);
      await world.asAdmin('UPDATE comments SET deleted_at = $1', [past]);
      const entries = await world.entriesOf(() =>
        as(() => operate.purge(undefined, { olderThan: new Date(Date.now() - 1000), batchSize: 2 })),
      );
      expect(inShort(entries).sort()).toEqual(all('purged').sort());
      expect(operations(entries).size).toBe(1);
      expect(entries[0]).toMatchObject({ op: 'delete', tenantId: A, actorId: `user-of-${A}`, new: null });
      expect(new Set(entries.map(({ xid }) => xid)).size).toBeGreaterThan(1);
    });

    it('forceDelete is deleted: the row is gone, and it was no purge', async () => {
      const entries = await world.entriesOf(() => as(() => operate.forceDelete('Comment', { id: 3 })));
      expect(inShort(entries)).toEqual(['Comment.deleted 3']);
      expect(entries[0]).toMatchObject({ op: 'delete', tenantId: A, operationId: null });
    });

    it('a second delete of the same row is none', async () => {
      await as(() => client.comment.delete({ where: { id: 1 } }));
      const entries = await world.entriesOf(async () => {
        await expect(as(() => client.comment.delete({ where: { id: 1 } }))).rejects.toMatchObject({ code: 'P2025' });
        await as(() => client.comment.deleteMany({ where: { id: 1 } }));
      });
      expect(entries).toEqual([]);
    });
  });
});
