import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ChainWorld, inShort, POOLS } from './shop/chain-world';
import { extensionsOf, ORDERS, type ExtensionName } from './shop/extensions';
import type { PrismaClient } from './shop/generated/client';

const A = 'tenant-a';

/** What users extend their clients with: one of each kind. */
function extended<Client extends PrismaClient>(client: Client, seen: string[]) {
  return client.$extends({
    name: 'of the user',
    query: {
      $allModels: {
        async $allOperations({ model, operation, args, query }) {
          seen.push(`${model}.${operation}`);
          return query(args);
        },
      },
      user: {
        create: ({ args, query }) => query({ ...args, data: { ...args.data, email: args.data.email.toLowerCase() } }),
      },
    },
    result: {
      user: { shout: { needs: { email: true }, compute: ({ email }) => email.toUpperCase() } },
    },
    model: {
      post: { ofTitle: (title: string) => client.post.findMany({ where: { title } }) },
    },
    client: { greeting: () => 'hello' },
  });
}

type Extended = ReturnType<typeof extended>;

describe('Extensions of the user', () => {
  let world: ChainWorld;
  beforeAll(async () => {
    world = await ChainWorld.create();
  });
  afterAll(() => world.close());
  beforeEach(() => world.clear());

  /** Ours behind the user's: applied to a client that is extended already. */
  const ahead = (order: readonly ExtensionName[], max: number, seen: string[]): Extended => {
    const client = extended(world.bareClient({ max }), seen);
    return extensionsOf(order, { tenancy: world.tenancy }).reduce<Extended>(
      (before, extension) => before.$extends(extension as never),
      client,
    );
  };
  const behind = (order: readonly ExtensionName[], max: number, seen: string[]): Extended =>
    extended(world.client({ order, max }), seen);

  /** One of ours, the user's, the others. */
  const between = ([first, ...others]: readonly ExtensionName[], max: number, seen: string[]): Extended => {
    const client = extended(world.client({ order: first === undefined ? [] : [first], max }), seen);
    return extensionsOf(others, { tenancy: world.tenancy }).reduce<Extended>(
      (before, extension) => before.$extends(extension as never),
      client,
    );
  };

  const WAYS = { 'before ours': ahead, 'behind ours': behind, 'between ours': between };
  const settings = POOLS.flatMap((max) => ORDERS.map((order) => ({ max, order, name: order.join(', ') })));

  describe.each(Object.entries(WAYS))('%s', (_name, make) => {
    it.each(settings)('work, and ours do, in the order $name with a pool of $max', async ({ order, max }) => {
      const seen: string[] = [];
      const client = make(order, max, seen);
      const entries = await world.entriesOf(() =>
        world.as(A, async () => {
          const user = await client.user.create({
            data: { email: 'Ann@X.example', posts: { create: { title: 'One' } } },
          });
          expect([user.email, user.shout, client.greeting()]).toEqual(['ann@x.example', 'ANN@X.EXAMPLE', 'hello']);
          await expect(
            client.$transaction(async (tx) => {
              await tx.user.update({ where: { id: user.id }, data: { name: 'Gone' } });
              throw new Error('undone');
            }),
          ).rejects.toThrow('undone');
          const deleted = await client.user.delete({ where: { id: user.id } });
          expect(deleted.shout).toBe('ANN@X.EXAMPLE');
          expect([await client.user.count(), await client.post.ofTitle('One')]).toEqual([0, []]);
          await world.operations(client).restore('User', { id: user.id });
          expect(await client.post.ofTitle('One')).toHaveLength(1);
        }),
      );
      expect(inShort(entries).slice(0, 4)).toEqual([
        ...['User.created 1', 'Post.created 1', 'User.softDeleted 1', 'Post.softDeleted 1'],
      ]);
      expect(inShort(entries).slice(4).sort()).toEqual(['Post.restored 1', 'User.restored 1']);
      expect(new Set(entries.map(({ tenantId: tenant }) => tenant))).toEqual(new Set([A]));
      expect(seen).toEqual(['User.create', 'User.update', 'User.delete', 'User.count', 'User.findMany']);
      await client.$disconnect();
    });
  });

  it('that send reads to a replica have no before-image read there: nothing is read to record a change', async () => {
    const asked: string[] = [];
    const client = world.client().$extends({
      query: {
        $allModels: {
          $allOperations: ({ operation, args, query }) => {
            if (!operation.startsWith('find')) return query(args);
            asked.push(operation);
            throw new Error('the replica is behind');
          },
        },
      },
    });
    const entries = await world.entriesOf(() =>
      world.as(A, async () => {
        await client.user.create({ data: { email: 'ann@x.example' } });
        await client.user.update({ where: { id: 1 }, data: { name: 'Ann' } });
        await client.user.delete({ where: { id: 1 } });
      }),
    );
    expect(asked).toEqual([]);
    expect(entries.map(({ old }) => old?.['name'])).toEqual([undefined, null, 'Ann']);
    expect(inShort(entries)).toEqual(['User.created 1', 'User.updated 1', 'User.softDeleted 1']);
  });
});
