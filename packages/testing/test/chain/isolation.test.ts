import { AuditService } from '@nestarc/audit-log';
import { TenantContextMissingError } from '@nestarc/core';
import { TransactionHost } from '@nestarc/prisma';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type SoftDeleteOperations, withDeleted } from '@nestarc/soft-delete';
import { ChainWorld, inShort, POOLS } from './shop/chain-world';
import type { PrismaClient } from './shop/generated/client';

const A = 'tenant-a';
const B = 'tenant-b';

const TREE = {
  email: 'ann@x.example',
  posts: { create: { title: 'One', comments: { create: [{ text: 'a' }, { text: 'b' }] } } },
};
const SOFTLY_DELETED = ['User.softDeleted 1', 'Post.softDeleted 1', 'Comment.softDeleted 1', 'Comment.softDeleted 2'];

describe('The chain', () => {
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
      await world.as(A, () => client.user.create({ data: TREE }));
    });

    const remove = (): Promise<unknown> => client.user.delete({ where: { id: 1 } });
    const WAYS: Readonly<Record<string, () => Promise<unknown>>> = {
      'on its own': remove,
      'an interactive one': () => client.$transaction((tx) => tx.user.delete({ where: { id: 1 } })),
      'an array': () => client.$transaction([client.user.delete({ where: { id: 1 } })]),
      'nested services': () => {
        const host = TransactionHost.of(client);
        return host.run(() => host.run(remove));
      },
      'one that is serializable': () =>
        client.$transaction((tx) => tx.user.delete({ where: { id: 1 } }), { isolationLevel: 'Serializable' }),
    };

    it.each(Object.entries(WAYS))(
      'records a soft delete once, in the transaction it is in: %s',
      async (_name, work) => {
        const entries = await world.entriesOf(() => world.as(A, work));
        expect(inShort(entries)).toEqual(SOFTLY_DELETED);
        expect(new Set(entries.map(({ xid }) => xid)).size).toBe(1);
      },
    );

    it('records what a serializable transaction did once, however often it was tried', async () => {
      const host = TransactionHost.of(client);
      let attempts = 0;
      const entries = await world.entriesOf(() =>
        world.as(A, () =>
          host.run(
            async () => {
              attempts += 1;
              await client.user.update({ where: { id: 1 }, data: { visits: { increment: 1 } } });
              if (attempts < 3) await client.$executeRaw`DO $$ BEGIN RAISE serialization_failure; END $$`;
            },
            { isolationLevel: 'Serializable', retries: 3 },
          ),
        ),
      );
      expect(attempts).toBe(3);
      expect(inShort(entries)).toEqual(['User.updated 1']);
      expect(entries[0]?.new).toMatchObject({ visits: '1' });
    });

    it.each(Object.entries(WAYS).slice(1))('leaves nothing of what is rolled back: %s', async (name, work) => {
      const host = TransactionHost.of(client);
      const undone = async (): Promise<void> => {
        await work();
        throw new Error('undone');
      };
      const array = (): Promise<unknown> =>
        client.$transaction([
          client.user.delete({ where: { id: 1 } }),
          client.post.create({ data: { title: 'x', authorId: 99 } }),
        ]);
      const entries = await world.entriesOf(async () => {
        await expect(world.as(A, () => (name === 'an array' ? array() : host.run(undone)))).rejects.toThrow();
      });
      expect(entries).toEqual([]);
      expect(
        await world.as(A, () => client.user.findMany({ include: { posts: { include: { comments: true } } } })),
      ).toMatchObject([{ deletedAt: null, posts: [{ deletedAt: null, comments: [{}, {}] }] }]);
    });

    it("finds nothing of a stranger's, and records nothing", async () => {
      const entries = await world.entriesOf(async () => {
        const asB = (work: () => PromiseLike<unknown>): Promise<unknown> => world.as(B, work);
        await expect(asB(() => client.user.delete({ where: { id: 1 } }))).rejects.toMatchObject({ code: 'P2025' });
        await expect(asB(() => operate.forceDelete('User', { id: 1 }))).rejects.toMatchObject({ code: 'P2025' });
        expect(await asB(() => client.user.updateMany({ data: { name: 'B' } }))).toEqual({ count: 0 });
        expect(await asB(() => client.user.deleteMany())).toEqual({ count: 0 });
      });
      expect(entries).toEqual([]);
    });

    it('takes no row of another tenant along, though its foreign key says so', async () => {
      await world.asAdmin(`INSERT INTO posts (tenant_id, title, author_id) VALUES ('${B}', 'Of B', 1)`);
      const entries = await world.entriesOf(() => world.as(A, remove));
      expect(inShort(entries)).toEqual(SOFTLY_DELETED);
      expect(await world.asAdmin(`SELECT deleted_at FROM posts WHERE tenant_id = '${B}'`)).toEqual([
        { deleted_at: null },
      ]);
    });

    it('records of an updateMany the rows that the tenant sees', async () => {
      await world.as(B, () => client.user.createMany({ data: [{ email: '1' }, { email: '2' }] }));
      const entries = await world.entriesOf(() => world.as(B, () => client.user.updateMany({ data: { name: 'New' } })));
      expect(inShort(entries)).toEqual(['User.updated 2', 'User.updated 3']);
      expect(entries.every(({ tenantId: tenant }) => tenant === B)).toBe(true);
    });

    it('opens the trash of the tenant only', async () => {
      await world.as(A, remove);
      const inTrash = (tenant: string): Promise<unknown[]> =>
        world.as(tenant, () => withDeleted(client.user).findMany());
      expect([(await inTrash(A)).length, (await inTrash(B)).length]).toEqual([1, 0]);
    });

    it('lets a deleted e-mail address be taken again, and by another tenant', async () => {
      await world.as(A, remove);
      await world.as(A, () => client.user.create({ data: { email: TREE.email } }));
      await world.as(B, () => client.user.create({ data: { email: TREE.email } }));
      await expect(world.as(A, () => client.user.create({ data: { email: TREE.email } }))).rejects.toMatchObject({
        code: 'P2002',
      });
    });

    it('does nothing without a tenant, and says the same whoever is asked', async () => {
      const entries = await world.entriesOf(async () => {
        const asked: (() => PromiseLike<unknown>)[] = [
          () => client.user.findMany(),
          remove,
          () => client.user.deleteMany(),
          () => operate.restore('User', { id: 1 }),
          () => operate.purge(undefined, { olderThan: new Date(0) }),
          () => client.$executeRaw`UPDATE users SET name = 'x'`,
          () => client.$transaction((tx) => tx.user.count()),
          () => client.$transaction([client.user.deleteMany()]),
          () => AuditService.of(client).query(),
          () => AuditService.of(client).log({ action: 'Report.viewed' }),
        ];
        for (const work of asked) {
          await expect((async () => await work())()).rejects.toBeInstanceOf(TenantContextMissingError);
        }
      });
      expect(entries).toEqual([]);
    });

    it('never mixes up tenants, actors or requests that are under way at once', async () => {
      await world.clear();
      const names = Array.from({ length: 60 }, (_, index) => `n${String(index)}`);
      const entries = await world.entriesOf(() =>
        Promise.all(
          names.map((name, index) =>
            world.as(
              index % 2 === 0 ? A : B,
              () =>
                client.$transaction(
                  async (tx) => {
                    const { id } = await tx.user.create({ data: { email: name } });
                    await tx.user.delete({ where: { id } });
                  },
                  { maxWait: 20_000 },
                ),
              { requestId: name, actor: { id: name, type: 'user' } },
            ),
          ),
        ),
      );
      expect(entries).toHaveLength(names.length * 2);
      for (const { tenantId, requestId, actorId, new: image } of entries) {
        const name = String(image?.['email']);
        const tenant = Number(name.slice(1)) % 2 === 0 ? A : B;
        expect([tenantId, requestId, actorId, image?.['tenant_id']]).toEqual([tenant, name, name, tenant]);
      }
    });
  });
});
