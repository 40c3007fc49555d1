import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OddWorld, soon } from '../odd/odd-world';

describe('a model without a primary key, whose unique key counts among active rows only', () => {
  let world: OddWorld;
  beforeEach(async () => {
    world = await OddWorld.create(
      { softDeleteModels: ['Loose'] },
      'DROP INDEX loose_code_key; CREATE UNIQUE INDEX mine ON loose (code) WHERE "deletedAt" IS NULL;',
    );
    await world.prisma.loose.create({ data: { code: 'a', label: 'old' } });
    await world.prisma.loose.delete({ where: { code: 'a' } });
    await world.prisma.loose.create({ data: { code: 'a', label: 'new' } });
  });
  afterEach(() => world.close());

  it('loses no active row to a purge of a deleted one of the same key', async () => {
    expect(await world.operations.purge('Loose', { olderThan: await soon() })).toMatchObject({ count: 1 });
    expect(await world.sql('SELECT label FROM loose')).toEqual([{ label: 'new' }]);
  });

  it('loses the row that forceDelete names, and not the other one of the same key', async () => {
    const removed = await world.operations.forceDelete('Loose', { code: 'a', deletedAt: { not: null } });
    expect(removed).toMatchObject({ label: 'old' });
    expect(await world.sql('SELECT label FROM loose')).toEqual([{ label: 'new' }]);
    await world.sql(`INSERT INTO loose VALUES ('a', NULL, 'older', '2020-01-01')`);
    await world.operations.forceDelete('Loose', { code: 'a', deletedAt: null });
    expect(await world.sql('SELECT label FROM loose')).toEqual([{ label: 'older' }]);
  });
});
