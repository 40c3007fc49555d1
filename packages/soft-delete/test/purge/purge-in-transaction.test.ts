import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SoftDeleteOperations } from '../../src/soft-delete.operations';
import { SETTINGS } from '../fixture/fixture';
import { OperationsWorld } from '../restore/operations-world';

const CUTOFF = new Date('2021-01-01T00:00:00Z');

describe.each(SETTINGS)('a purge in a transaction of the caller, $name', (setting) => {
  let world: OperationsWorld;
  beforeAll(async () => {
    world = await OperationsWorld.create(setting);
    await world.sql('CREATE TABLE letters (user_id int REFERENCES users (id))');
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    await world.clear();
    await world.sql(
      `INSERT INTO users (tenant_id, email, deleted_at) SELECT $1, 'u' || n, '2020-01-01' FROM generate_series(1, 25) n`,
      [setting.tenancy ? 'a' : 'none'],
    );
  });

  it('goes on, as outside of one, where a foreign key that the schema does not tell of holds a row', async () => {
    await world.sql('INSERT INTO letters VALUES (2), (17)');
    const result = await world.as(() =>
      world.prisma.$transaction(async (tx) => {
        await tx.account.create({ data: { name: 'before' } });
        const purged = await new SoftDeleteOperations(tx).purge('User', { olderThan: CUTOFF, batchSize: 10 });
        await tx.account.create({ data: { name: 'behind' } });
        return purged;
      }),
    );
    expect(result.models).toEqual({ User: { purged: 23, blocked: 2, held: 0 } });
    expect((await world.rows('users')).map(({ id }) => id)).toEqual([2, 17]);
    expect(await world.count('accounts')).toBe(2);
    expect(world.told).toMatchObject([{ model: 'User', count: 23 }]);
  });

  it('takes no savepoint for more than its first batch outside of one', async () => {
    const statements = await world.world.sent(() =>
      world.as(() => world.operations.purge('User', { olderThan: CUTOFF, batchSize: 10 })),
    );
    expect(statements.filter((text) => text.includes('SAVEPOINT'))).toEqual([
      'SAVEPOINT nestarc_purge',
      'RELEASE SAVEPOINT nestarc_purge',
    ]);
  });
});
