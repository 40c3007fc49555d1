import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SETTINGS } from '../fixture/fixture';
import { outcome, WriteWorld } from '../writes/write-world';

const CASCADE = {
  User: ['Post.author', 'Post.reviewer', 'Profile'],
  Post: ['Comment'],
  Category: ['Category'],
  Order: ['OrderLine', 'Shipment'],
  Country: ['City'],
  Team: ['Member'],
  Member: ['Team'],
};

describe.each(SETTINGS)('cascade, $name', (setting) => {
  let world: WriteWorld;
  beforeAll(async () => {
    world = await WriteWorld.create(setting, { cascade: CASCADE });
  });
  afterAll(() => world.close());
  beforeEach(() => world.clear());

  const instants = async (table: string) =>
    (
      await world.fixture.asAdmin<{ at: string | null }>(
        `SELECT to_char(${table === 'categories' ? `deleted_at AT TIME ZONE 'UTC'` : 'deleted_at'}, 'YYYY-MM-DD HH24:MI:SS.MS') AS at FROM ${table}`,
      )
    ).map(({ at }) => at);

  it('gives all rows of a deletion the same marks, at every level', async () => {
    const { prisma } = world;
    const comments = { create: [{ text: '1' }, { text: '2' }] };
    const user = await world.as(() =>
      prisma.user.create({
        data: { email: 'a@x', profile: { create: { bio: 'b' } }, posts: { create: [{ title: 'p', comments }] } },
      }),
    );
    const deleted = await world.as(() => prisma.user.delete({ where: { id: user.id } }));
    for (const table of ['users', 'profiles', 'posts', 'comments']) {
      for (const row of await world.rows(table)) {
        expect(row).toMatchObject({ deletion_id: deleted.deletionId, deleted_by: 'user-of-a' });
      }
      const at = deleted.deletedAt?.toISOString().replace('T', ' ').replace('Z', '');
      expect(new Set(await instants(table))).toEqual(new Set([at]));
    }
    expect(await world.as(() => prisma.comment.count())).toBe(0);
  });

  it('tells of each model once, after the commit', async () => {
    const { prisma } = world;
    const comments = { create: [{ text: '1' }, { text: '2' }] };
    const user = await world.as(() =>
      prisma.user.create({ data: { email: 'a@x', posts: { create: [{ title: 'p', comments }] } } }),
    );
    await world.as(() => prisma.user.delete({ where: { id: user.id } }));
    expect(world.events).toHaveLength(3);
    expect(world.events).toMatchObject([
      { model: 'User', where: { id: user.id }, count: 1, cause: undefined },
      { model: 'Post', where: undefined, count: 1, cause: 'User', actorId: 'user-of-a' },
      { model: 'Comment', where: undefined, count: 2, cause: 'Post' },
    ]);
  });

  it('follows all columns of a key, in the order of the foreign key, and no other', async () => {
    const { prisma } = world;
    const data = [1, 2].flatMap((number) => ['eu', 'us'].map((region) => ({ region, number })));
    await world.as(() => prisma.order.createMany({ data }));
    await world.as(() =>
      prisma.orderLine.createMany({
        data: data.map(({ region, number }) => ({ orderRegion: region, orderNumber: number, position: 1, sku: 's' })),
      }),
    );
    await world.as(() =>
      prisma.shipment.createMany({
        data: [
          ...data.map(({ region, number }) => ({ carrier: 'c', orderRegion: region, orderNumber: number })),
          { carrier: 'none' },
        ],
      }),
    );
    await world.as(() => prisma.order.delete({ where: { region_number: { region: 'eu', number: 2 } } }));
    const lines = await world.rows('order_lines', 'order_region, order_number');
    expect(lines.map((row) => [row['order_region'], row['order_number'], row['deleted_at'] !== null])).toEqual([
      ['eu', 1, false],
      ['eu', 2, true],
      ['us', 1, false],
      ['us', 2, false],
    ]);
    expect(await world.deleted('shipments')).toHaveLength(1);
  });

  it('follows a foreign key to a unique column that is not the primary key', async () => {
    const { prisma } = world;
    const city = (name: string) => ({ create: [{ name }] });
    const de = await world.as(() =>
      prisma.country.create({ data: { code: 'DE', name: 'Germany', cities: city('Berlin') } }),
    );
    await world.as(() => prisma.country.create({ data: { code: 'FR', name: 'France', cities: city('Paris') } }));
    await world.as(() => prisma.country.delete({ where: { code: 'DE' } }));
    expect((await world.rows('cities', 'name')).map((row) => row['deletion_id'] !== null)).toEqual([true, false]);
    expect(de.code).toBe('DE');
  });

  it('follows each of several relations between the same models', async () => {
    const { prisma } = world;
    const [one, two] = await world.as(() =>
      prisma.user.createManyAndReturn({ data: [{ email: '1' }, { email: '2' }] }),
    );
    const [a = 0, b = 0] = [one?.id, two?.id];
    const data = [
      { title: 'by a', authorId: a },
      { title: 'for a', authorId: b, reviewerId: a },
      { title: 'by b', authorId: b },
    ];
    await world.as(() => prisma.post.createMany({ data }));
    await world.as(() => prisma.user.delete({ where: { id: a } }));
    expect(await world.deleted('posts')).toEqual([1, 2]);
    expect(world.events).toMatchObject([{ model: 'User' }, { model: 'Post', count: 2 }]);
  });

  it('reaches the leaves of a tree of fifty levels', async () => {
    await world.fixture.asAdmin(
      `INSERT INTO categories (id, tenant_id, name, parent_id) SELECT i, 'a', 'c' || i, NULLIF(i - 1, 0) FROM generate_series(1, 51) AS i`,
    );
    await world.as(() => world.prisma.category.delete({ where: { id: 1 } }));
    expect(await world.deleted('categories')).toHaveLength(51);
    expect(new Set(await instants('categories')).size).toBe(1);
  });

  it('ends in cycles, of rows and of models', async () => {
    const { prisma } = world;
    await world.as(async () => {
      await prisma.category.createMany({ data: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] });
      for (const [id, parentId] of [
        [1, 3],
        [2, 1],
        [3, 2],
      ] as const) {
        await prisma.category.update({ where: { id }, data: { parentId } });
      }
      await prisma.category.delete({ where: { id: 2 } });
      const team = await prisma.team.create({
        data: { name: 't', members: { create: [{ name: 'm' }, { name: 'n' }] } },
      });
      await prisma.team.update({ where: { id: team.id }, data: { leadId: 1 } });
      await prisma.team.create({ data: { name: 'led by n', leadId: 2 } });
      await prisma.team.delete({ where: { id: team.id } });
    });
    expect(await world.deleted('categories')).toEqual([1, 2, 3]);
    expect(await world.deleted('members')).toEqual([1, 2]);
    expect(await world.deleted('teams')).toEqual([1, 2]);
    expect(new Set([...(await instants('teams')), ...(await instants('members'))]).size).toBe(1);
  });

  it('leaves what was deleted before as it was, and what hangs on it', async () => {
    const { prisma } = world;
    const user = await world.as(() =>
      prisma.user.create({ data: { email: 'a@x', posts: { create: [{ title: 'p' }, { title: 'q' }] } } }),
    );
    await world.as(() => prisma.post.delete({ where: { id: 1 } }));
    const [before] = await world.rows('posts');
    await world.as(() => prisma.user.delete({ where: { id: user.id } }));
    const [after, other] = await world.rows('posts');
    expect(after).toEqual(before);
    expect(other?.['deletion_id']).not.toBe(before?.['deletion_id']);
  });

  it('costs no further statement where nothing was found', async () => {
    const sent = await world.as(() => world.sent(() => world.prisma.user.deleteMany({ where: { email: 'none' } })));
    expect(sent.filter((text) => !/^(BEGIN|COMMIT)/.test(text))).toHaveLength(1);
    expect(world.events).toEqual([]);
  });

  it('is part of the transaction of the caller, and invisible to others until it is committed', async () => {
    const { prisma } = world;
    const user = await world.as(() =>
      prisma.user.create({ data: { email: 'a@x', posts: { create: [{ title: 'p' }] } } }),
    );
    const attempt = world.as(() =>
      prisma.$transaction(async (tx) => {
        await tx.user.delete({ where: { id: user.id } });
        expect(await tx.post.count()).toBe(0);
        expect(await world.deleted('posts')).toEqual([]);
        throw new Error('no');
      }),
    );
    await expect(attempt).rejects.toThrow('no');
    expect([...(await world.deleted('posts')), ...(await world.deleted('users'))]).toEqual([]);
    expect(world.events).toEqual([]);
  });

  it('is part of an array transaction', async () => {
    const { prisma } = world;
    const [one, two] = await world.as(() =>
      prisma.user.createManyAndReturn({ data: [{ email: '1' }, { email: '2' }] }),
    );
    await world.as(() =>
      prisma.post.createMany({
        data: [
          { title: 'p', authorId: one?.id ?? 0 },
          { title: 'q', authorId: two?.id ?? 0 },
        ],
      }),
    );
    const remove = (id = 0) => prisma.user.delete({ where: { id } });
    expect(await outcome(world.as(() => prisma.$transaction([remove(one?.id), remove(0)])))).toBe('P2025');
    expect(await world.deleted('posts')).toEqual([]);
    await world.as(() => prisma.$transaction([remove(one?.id), remove(two?.id), prisma.user.count()]));
    expect(await world.deleted('posts')).toEqual([1, 2]);
  });

  it('stays inside of the tenant, also where foreign keys leave it', async () => {
    if (!setting.tenancy) return;
    await world.fixture.asAdmin(
      `INSERT INTO users (id, tenant_id, email) VALUES (1, 'a', 'a@x'); INSERT INTO posts (tenant_id, title, author_id) VALUES ('a', 'own', 1), ('b', 'alien', 1)`,
    );
    await world.as(() => world.prisma.user.delete({ where: { id: 1 } }));
    expect(await world.deleted('posts')).toEqual([1]);
  });
});
