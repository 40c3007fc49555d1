import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OddWorld } from '../odd/odd-world';
import { outcome } from './sql-world';

describe('names that come out the same when they are joined', () => {
  let world: OddWorld;
  beforeAll(async () => {
    world = await OddWorld.create({ softDeleteModels: ['Thing', 'Order', 'OrderLine'] });
    await world.install();
    await world.install();
  });
  afterAll(() => world.close());

  it.each([
    ['order (line_number)', 'INSERT INTO "order" (line_number) VALUES (1)'],
    ['order_line (number)', 'INSERT INTO order_line (number) VALUES (1)'],
    ['order_line (b, c)', 'INSERT INTO order_line (b, c) VALUES (1, 1)'],
    ['order_line (b_c)', 'INSERT INTO order_line (b_c) VALUES (1)'],
  ])('leave the key %s unique among active rows', async (_, insert) => {
    const table = insert.split(' ')[2] ?? '';
    expect([await outcome(world.sql(insert)), await outcome(world.sql(insert))]).toEqual(['done', '23505']);
    await world.sql(`UPDATE ${table} SET "deletedAt" = now()`);
    expect(await outcome(world.sql(insert))).toBe('done');
  });

  it('leave each foreign key its own guard', async () => {
    await world.sql('INSERT INTO things (id) VALUES (1)');
    const inserts = [
      'INSERT INTO "order" (thing_id) VALUES (1)',
      'INSERT INTO order_line (item_id) VALUES (1)',
    ] as const;
    for (const insert of inserts) expect(await outcome(world.sql(insert))).toBe('done');
    await world.sql('UPDATE things SET "deletedAt" = now()');
    for (const insert of inserts) expect(await outcome(world.sql(insert))).toBe('23503');
  });

  it('keep a full index where what has the name of the new one is something else', async () => {
    const other = await OddWorld.create(
      { softDeleteModels: ['Loose'] },
      'CREATE UNIQUE INDEX loose_alias_active_key ON loose (label);',
    );
    try {
      expect(await outcome(other.install())).toBe('42P07');
      expect(await other.sql(`SELECT to_regclass('loose_alias_key')::text AS name`)).toEqual([
        { name: 'loose_alias_key' },
      ]);
    } finally {
      await other.close();
    }
  });
});

describe('the unique key of a model without a primary key', () => {
  it('stays among all rows, and the script says why', async () => {
    const world = await OddWorld.create({ softDeleteModels: ['Loose'] });
    try {
      await world.install();
      const indexes = await world.sql(`SELECT indexname AS name FROM pg_indexes WHERE tablename = 'loose'
        AND indexdef LIKE '%UNIQUE%' ORDER BY 1`);
      expect(indexes).toEqual([{ name: 'loose_alias_active_key' }, { name: 'loose_code_key' }]);
      expect(world.script()).toContain(
        '-- unique key (code) of loose stays among all rows: without a primary key, it is what tells rows apart',
      );
    } finally {
      await world.close();
    }
  });
});
