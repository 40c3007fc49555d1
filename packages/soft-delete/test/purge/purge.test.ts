import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PurgeOptions } from '../../src/soft-delete.operations';
import { SETTINGS } from '../fixture/fixture';
import { blog, OperationsWorld } from '../restore/operations-world';

const OLD = '2020-01-01 00:00:00';
const CUTOFF = new Date('2021-01-01T00:00:00Z');

describe.each(SETTINGS)('purge, $name', (setting) => {
  let world: OperationsWorld;
  const tenant = setting.tenancy ? 'a' : 'none';
  beforeAll(async () => {
    world = await OperationsWorld.create(setting);
  });
  afterAll(() => world.close());
  beforeEach(() => world.clear());

  const purge = (models: string | string[] | undefined, options: Partial<PurgeOptions> = {}) =>
    world.as(() => world.operations.purge(models, { olderThan: CUTOFF, ...options }));
  /** Marks rows as deleted long ago. */
  const deleteAll = async (...tables: string[]) => {
    for (const table of tables) await world.sql(`UPDATE ${table} SET deleted_at = '${OLD}'`);
  };
  const users = (count: number) =>
    world.sql(
      `INSERT INTO users (tenant_id, email, age, deleted_at)
       SELECT $1, 'u' || n, n, '${OLD}' FROM generate_series(1, ${count}) n`,
      [tenant],
    );

  it('refuses an instant that is missing, that is none, and one in the future', async () => {
    await users(3);
    const wrong = [undefined, null, 'yesterday', 5, new Date('x'), new Date(Date.now() + 60_000)];
    for (const olderThan of wrong) {
      await expect(purge('User', { olderThan: olderThan as Date })).rejects.toThrow(/olderThan/);
    }
    await expect(world.as(() => world.operations.purge('User', undefined as never))).rejects.toThrow(/OPTIONS|options/);
    expect(await world.count('users')).toBe(3);
  });

  it('refuses what cannot be, by its path', async () => {
    await users(1);
    const refused: [string | string[], Partial<PurgeOptions>, RegExp][] = [
      ['Nobody', {}, /"Nobody"/],
      ['Account', {}, /"Account" is not one of softDeleteModels/],
      ['User', { batchSize: 0 }, /batchSize/],
      ['User', { where: { id: undefined } }, /where\.id/],
      ['User', { hold: { Account: {} } }, /hold\.Account/],
      ['User', { hold: { User: { email: undefined } } }, /hold\.User\.email/],
      [['User', 'Post'], { where: { id: 1 } }, /where\.id/],
      [['User', 'Post'], { where: { Comment: {} } }, /where\.Comment/],
      ['User', { older: true } as never, /older/],
    ];
    for (const [models, options, message] of refused) await expect(purge(models, options)).rejects.toThrow(message);
    expect(await world.count('users')).toBe(1);
  });

  it('removes rows that were deleted before the instant, and no others', async () => {
    await users(3);
    await world.sql(`UPDATE users SET deleted_at = '2021-01-01 00:00:00' WHERE id = 2`);
    await world.sql(`UPDATE users SET deleted_at = NULL WHERE id = 3`);
    const result = await purge('User');
    expect(result).toEqual({
      count: 1,
      models: { User: { purged: 1, blocked: 0, held: 0 } },
      dryRun: false,
      isComplete: true,
    });
    expect((await world.rows('users')).map(({ id }) => id)).toEqual([2, 3]);
  });

  it('never removes an active row, whatever the filter says', async () => {
    await users(4);
    await world.sql(`UPDATE users SET deleted_at = NULL WHERE id > 1`);
    for (const where of [{ deletedAt: null }, { OR: [{ deletedAt: null }, { id: { gt: 0 } }] }, { OR: [] }]) {
      await purge('User', { where });
    }
    expect((await world.rows('users')).map(({ id }) => id)).toEqual([2, 3, 4]);
  });

  it('goes through many rows in batches, each committed by itself', async () => {
    await users(25);
    const seen: number[] = [];
    const progress: object[] = [];
    const result = await purge('User', {
      batchSize: 10,
      where: { age: { gt: 2 } },
      onBatch: async (step) => {
        progress.push(step);
        seen.push(await world.count('users'));
      },
    });
    expect(result.models['User']).toEqual({ purged: 23, blocked: 0, held: 0 });
    expect(seen).toEqual([15, 5, 2]);
    expect(progress.at(-1)).toEqual({ model: 'User', purged: 3, total: 23 });
    expect(world.told).toMatchObject([{ model: 'User', count: 23, olderThan: CUTOFF, actorId: 'user-of-a' }]);
  });

  it('can be stopped between two batches, and goes on where it is called again', async () => {
    await users(25);
    const controller = new AbortController();
    const stop = () => controller.abort();
    const first = await purge('User', { batchSize: 10, onBatch: stop, signal: controller.signal });
    expect(first).toMatchObject({ count: 10, isComplete: false });
    expect(await world.count('users')).toBe(15);
    expect(await purge('User', { signal: controller.signal })).toMatchObject({ count: 0, isComplete: false });
    const failing = purge('User', {
      batchSize: 10,
      onBatch: () => {
        throw new Error('enough');
      },
    });
    await expect(failing).rejects.toThrow('enough');
    expect(await world.count('users')).toBe(5);
    expect(await purge('User')).toMatchObject({ count: 5, isComplete: true });
    expect(world.told).toMatchObject([{ count: 10 }, { count: 10 }, { count: 5 }]);
  });

  it('removes children ahead of their parents, in whatever order the models are named', async () => {
    await blog(world);
    await deleteAll('users', 'posts', 'comments', 'profiles');
    const result = await purge(['User', 'Comment', 'Profile', 'Post'], { batchSize: 2 });
    expect(result.models).toEqual({
      User: { purged: 1, blocked: 0, held: 0 },
      Post: { purged: 2, blocked: 0, held: 0 },
      Comment: { purged: 3, blocked: 0, held: 0 },
      Profile: { purged: 1, blocked: 0, held: 0 },
    });
    expect(result.count).toBe(7);
    expect(world.told.map(({ model }) => model).sort()).toEqual(['Comment', 'Post', 'Profile', 'User']);
  });

  it('keeps rows that others refer to which stay: active ones, deleted ones, ones that are never deleted softly', async () => {
    await blog(world);
    await world.as(() => world.prisma.user.create({ data: { email: 'free@x' } }));
    await deleteAll('users');
    expect((await purge(undefined)).models).toMatchObject({ User: { purged: 1, blocked: 1 } });
    await deleteAll('posts', 'profiles');
    expect((await purge(['User', 'Profile'])).models).toMatchObject({
      User: { purged: 0, blocked: 1 },
      Profile: { purged: 1 },
    });
    await deleteAll('comments');
    await world.sql(`UPDATE comments SET deleted_at = now() WHERE id = 3`);
    expect((await purge(undefined)).models).toMatchObject({
      User: { purged: 0, blocked: 1 },
      Post: { purged: 1, blocked: 1 },
      Comment: { purged: 2, blocked: 0 },
    });
    await world.as(() => world.prisma.category.create({ data: { name: 'c', items: { create: { label: 'i' } } } }));
    await deleteAll('categories');
    expect((await purge('Category')).models).toMatchObject({ Category: { purged: 0, blocked: 1 } });
    expect(await world.count('items')).toBe(1);
  });

  it('keeps what a foreign key would take along or empty', async () => {
    await world.sql(`ALTER TABLE items DROP CONSTRAINT items_category_id_fkey,
      ADD CONSTRAINT items_category_id_fkey FOREIGN KEY (category_id) REFERENCES categories (id) ON DELETE CASCADE`);
    await world.as(() => world.prisma.category.create({ data: { name: 'c', items: { create: { label: 'i' } } } }));
    await deleteAll('categories');
    expect(await purge('Category')).toMatchObject({ count: 0, models: { Category: { blocked: 1 } } });
    expect(await world.count('items')).toBe(1);
  });

  it('removes links along with the rows they link', async () => {
    await world.as(() =>
      world.prisma.user.create({
        data: { email: 'a@x', posts: { create: { title: 'p', tags: { create: { label: 't' } } } } },
      }),
    );
    await deleteAll('posts');
    expect(await purge('Post')).toMatchObject({ count: 1 });
    expect(await world.count('"_PostToTag"')).toBe(0);
    expect(await world.count('tags')).toBe(1);
  });

  it('removes trees from their leaves, and circles as a whole, across batches', async () => {
    await world.sql(
      `INSERT INTO categories (id, tenant_id, name, parent_id, deleted_at)
       SELECT n, $1, 'c', NULLIF(n + 1, 31), '${OLD}' FROM generate_series(30, 1, -1) n`,
      [tenant],
    );
    expect(await purge('Category', { batchSize: 4 })).toMatchObject({ count: 30 });
    await world.sql(
      `INSERT INTO members (id, tenant_id, name, deleted_at)
      SELECT n, $1, 'm', '${OLD}' FROM generate_series(1, 20) n`,
      [tenant],
    );
    await world.sql(
      `INSERT INTO teams (id, tenant_id, name, lead_id, deleted_at)
      SELECT n, $1, 't', n, '${OLD}' FROM generate_series(1, 20) n`,
      [tenant],
    );
    await world.sql(`UPDATE members SET team_id = 21 - id`);
    expect(await purge('Team')).toMatchObject({ count: 0, models: { Team: { blocked: 20 } } });
    const result = await purge(undefined, { batchSize: 3 });
    expect(result.models).toMatchObject({ Team: { purged: 20, blocked: 0 }, Member: { purged: 20, blocked: 0 } });
    await world.sql(
      `INSERT INTO categories (id, tenant_id, name, parent_id, deleted_at) VALUES (1, $1, 'self', 1, '${OLD}')`,
      [tenant],
    );
    expect(await purge('Category')).toMatchObject({ count: 1 });
  });

  it('keeps a circle that an active row is part of', async () => {
    await world.sql(`INSERT INTO members (id, tenant_id, name) SELECT n, $1, 'm' FROM generate_series(1, 2) n`, [
      tenant,
    ]);
    await world.sql(
      `INSERT INTO teams (id, tenant_id, name, lead_id) SELECT n, $1, 't', n FROM generate_series(1, 2) n`,
      [tenant],
    );
    await world.sql(`UPDATE members SET team_id = 3 - id`);
    await deleteAll('members', 'teams');
    await world.sql(`UPDATE teams SET deleted_at = NULL WHERE id = 1`);
    const result = await purge(undefined);
    expect(result.models).toMatchObject({ Team: { purged: 0, blocked: 1 }, Member: { purged: 0, blocked: 2 } });
  });

  it('keeps rows that are held, and what these refer to', async () => {
    await blog(world);
    await blog(world, 'b@x');
    await deleteAll('users', 'posts', 'comments', 'profiles');
    await world.sql(`UPDATE users SET name = 'free' WHERE id = 2`);
    // The name of the first is NULL: a negated filter would keep it, or lose it, for that.
    const hold = { Comment: { text: '3', post: { authorId: 1 } }, User: { name: 'nobody' } };
    const result = await purge(undefined, { hold });
    expect(result.models).toMatchObject({
      Comment: { purged: 5, blocked: 0, held: 1 },
      Post: { purged: 3, blocked: 1, held: 0 },
      Profile: { purged: 2 },
      User: { purged: 1, blocked: 1, held: 0 },
    });
    expect((await world.rows('users')).map(({ id }) => id)).toEqual([1]);
    expect((await purge(undefined, { hold: { User: { OR: [] } } })).count).toBe(3);
  });

  it('counts in a dry run what it would do, and does nothing', async () => {
    await blog(world);
    await blog(world, 'b@x');
    await blog(world, 'c@x');
    await deleteAll('users', 'posts', 'comments', 'profiles');
    await world.sql(`UPDATE comments SET deleted_at = NULL WHERE id = 9`);
    const options = { hold: { Comment: { id: 1 } }, where: { Profile: { id: { gt: 1 } } } };
    const dry = await purge(undefined, { ...options, dryRun: true });
    expect(dry).toMatchObject({ dryRun: true, isComplete: true });
    expect(await world.count('comments')).toBe(9);
    expect(world.told).toEqual([]);
    const real = await purge(undefined, { ...options, batchSize: 2 });
    expect(dry.models).toEqual(real.models);
    expect(real.models).toMatchObject({
      User: { purged: 1, blocked: 2 },
      Post: { purged: 4, blocked: 2 },
      Comment: { held: 1 },
    });
  });

  it('works with keys of several fields, in batches', async () => {
    await world.sql(
      `INSERT INTO orders (tenant_id, region, number, deleted_at)
      SELECT $1, r, n, '${OLD}' FROM unnest(ARRAY['eu', 'us']) r, generate_series(1, 8) n`,
      [tenant],
    );
    await world.sql(
      `INSERT INTO order_lines (tenant_id, order_region, order_number, position, sku, deleted_at)
      SELECT $1, region, number, p, 's', '${OLD}' FROM orders, generate_series(1, 2) p`,
      [tenant],
    );
    const hold = { OrderLine: { orderNumber: 3, orderRegion: 'us', position: 2 } };
    const result = await purge(['Order', 'OrderLine'], { batchSize: 3, hold });
    expect(result.models).toEqual({
      Order: { purged: 15, blocked: 1, held: 0 },
      OrderLine: { purged: 31, blocked: 0, held: 1 },
    });
  });
});
