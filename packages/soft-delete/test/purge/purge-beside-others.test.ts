import { TransactionHost } from '@nestarc/prisma';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PurgeOptions } from '../../src/soft-delete.operations';
import { SETTINGS } from '../fixture/fixture';
import { OperationsWorld } from '../restore/operations-world';

const OLD = '2020-01-01 00:00:00';
const CUTOFF = new Date('2021-01-01T00:00:00Z');

describe.each(SETTINGS)('purge beside others, $name', (setting) => {
  let world: OperationsWorld;
  const tenant = setting.tenancy ? 'a' : 'none';
  beforeAll(async () => {
    world = await OperationsWorld.create(setting);
  });
  afterAll(() => world.close());
  beforeEach(() => world.clear());

  const purge = (models: string | string[] | undefined, options: Partial<PurgeOptions> = {}) =>
    world.as(() => world.operations.purge(models, { olderThan: CUTOFF, ...options }));
  const users = (count: number) =>
    world.sql(
      `INSERT INTO users (tenant_id, email, age, deleted_at)
       SELECT $1, 'u' || n, n, '${OLD}' FROM generate_series(1, ${count}) n`,
      [tenant],
    );

  it('leaves rows out that somebody works on', async () => {
    await users(3);
    await world.sql('BEGIN');
    try {
      await world.sql('SELECT FROM users WHERE id = 2 FOR UPDATE');
      expect(await purge('User')).toMatchObject({ count: 2 });
    } finally {
      await world.sql('ROLLBACK');
    }
    expect(await purge('User')).toMatchObject({ count: 1 });
  });

  it('removes each row once when several purge at a time', async () => {
    await users(200);
    const results = await Promise.all([1, 2, 3].map(() => purge('User', { batchSize: 20 })));
    expect(results.reduce((sum, { count }) => sum + count, 0)).toBe(200);
    expect(await world.count('users')).toBe(0);
  });

  it('finds the rows that foreign keys refer to which the schema does not tell of', async () => {
    await users(30);
    await world.sql('CREATE TABLE outside (user_id integer REFERENCES users (id))');
    try {
      await world.sql('INSERT INTO outside VALUES (7), (23)');
      const result = await purge('User', { batchSize: 10 });
      expect(result.models).toEqual({ User: { purged: 28, blocked: 2, held: 0 } });
    } finally {
      await world.sql('DROP TABLE outside');
    }
  });

  it.runIf(setting.tenancy)('is part of the ambient transaction, and tells of it after the commit', async () => {
    await users(25);
    const host = TransactionHost.of(world.prisma);
    const options = { olderThan: CUTOFF, batchSize: 10 };
    const undone = world.as(() =>
      host.run(async () => {
        expect(await world.operations.purge('User', options)).toMatchObject({ count: 25 });
        throw new Error('undone');
      }),
    );
    await expect(undone).rejects.toThrow('undone');
    expect(await world.count('users')).toBe(25);
    expect(world.told).toEqual([]);
    await world.as(() =>
      host.run(async () => {
        await world.operations.purge('User', options);
        expect(world.told).toEqual([]);
      }),
    );
    expect(world.told).toMatchObject([{ model: 'User', count: 25 }]);
  });

  it.runIf(setting.tenancy)(
    'reaches no rows of another tenant, and keeps a row that one of another refers to',
    async () => {
      await users(2);
      await world.sql(`INSERT INTO posts (tenant_id, title, author_id) VALUES ('b', 'alien', 1)`);
      const asOther = await world.world.fixture.as('b', () => world.operations.purge(undefined, { olderThan: CUTOFF }));
      expect(asOther.count).toBe(0);
      expect(await purge('User')).toMatchObject({ models: { User: { purged: 1, blocked: 1 } } });
    },
  );
});
