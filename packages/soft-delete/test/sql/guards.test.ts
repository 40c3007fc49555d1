import type { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { outcome, script, somebodyWaits, SqlWorld } from './sql-world';

const REFUSED = '23503';

const SEED = `
  INSERT INTO users (id, tenant_id, email) VALUES (1, 'a', 'active'), (2, 'a', 'gone'), (3, 'b', 'active'), (4, 'b', 'gone');
  INSERT INTO posts (id, tenant_id, title, author_id) VALUES (1, 'a', 'p', 1), (2, 'a', 'q', 1);
  INSERT INTO tags (id, tenant_id, label) VALUES (1, 'a', 't'), (2, 'a', 'gone');
  INSERT INTO categories (id, tenant_id, name) VALUES (1, 'a', 'active'), (2, 'a', 'gone');
  INSERT INTO orders (region, number, tenant_id) VALUES ('eu', 1, 'a'), ('eu', 2, 'a'), ('us', 2, 'a');
  INSERT INTO countries (id, tenant_id, code, name) VALUES
    (gen_random_uuid(), 'a', 'on', 'n'), (gen_random_uuid(), 'a', 'off', 'n');
  SELECT setval(pg_get_serial_sequence(t, 'id'), 100) FROM unnest(ARRAY['users', 'posts', 'tags', 'categories', 'items']) AS t;
  UPDATE users SET deleted_at = now() WHERE email = 'gone';
  UPDATE tags SET deleted_at = now() WHERE id = 2;
  UPDATE categories SET deleted_at = now() WHERE id = 2;
  UPDATE orders SET deleted_at = now() WHERE region = 'eu' AND number = 2;
  UPDATE countries SET deleted_at = now() WHERE code = 'off';`;

/** Opens what is closed with policies, and means nothing without. */
const OPEN = `SELECT set_config('app.deleted_rows', '*', false)`;

describe.each([
  { name: 'with tenancy and policies', tenancy: true, options: { policies: true } },
  { name: 'with tenancy, without policies', tenancy: true, options: { policies: false } },
  { name: 'without row-level security', tenancy: false, options: { policies: false } },
])('guards $name', ({ tenancy, options }) => {
  let world: SqlWorld;
  let one: Client;
  let other: Client;
  beforeAll(async () => {
    world = await SqlWorld.create(tenancy, script(options));
    one = await world.connect();
    other = await world.connect();
  });
  beforeEach(async () => {
    await Promise.all([one, other].map((client) => client.query('ROLLBACK; RESET app.deleted_rows')));
    await world.fixture.clear();
    await world.admin(SEED);
  });
  afterAll(() => world.close());

  it.each([
    ['posts', (id: number) => `INSERT INTO posts (title, author_id) VALUES ('new', ${id})`],
    ['an optional key', (id: number) => `INSERT INTO posts (title, author_id, reviewer_id) VALUES ('new', 1, ${id})`],
    [
      'a model that is deleted for good',
      (id: number) => `INSERT INTO items (label, category_id) VALUES ('new', ${id})`,
    ],
    ['a tree', (id: number) => `INSERT INTO categories (name, parent_id) VALUES ('new', ${id})`],
    [
      'a key of two columns in another order',
      (id: number) =>
        `INSERT INTO order_lines (order_number, order_region, position, sku) VALUES (${id}, 'eu', 1, 's')`,
    ],
    [
      'a key that is not the primary one',
      (id: number) =>
        `INSERT INTO cities (id, name, country_code) VALUES (gen_random_uuid(), 'c', '${id === 1 ? 'on' : 'off'}')`,
    ],
    ['a many-to-many relation', (id: number) => `INSERT INTO "_PostToTag" ("A", "B") VALUES (1, ${id})`],
  ])('refuse a new child of a deleted row, and let others be: %s', async (_, insert) => {
    expect(await outcome(one.query(insert(1)))).toBe('done');
    expect(await outcome(one.query(insert(2)))).toBe(REFUSED);
  });

  it('refuse a child that is moved to a deleted row, and not one that is written otherwise', async () => {
    expect(await outcome(one.query('UPDATE posts SET author_id = 2 WHERE id = 1'))).toBe(REFUSED);
    expect(await outcome(one.query('UPDATE posts SET reviewer_id = 2 WHERE id = 1'))).toBe(REFUSED);
    expect(await outcome(one.query('UPDATE posts SET reviewer_id = NULL, author_id = 1 WHERE id = 1'))).toBe('done');
    await world.admin('UPDATE users SET deleted_at = now() WHERE id = 1');
    expect(await outcome(one.query(`UPDATE posts SET title = 'still mine' WHERE id = 1`))).toBe('done');
  });

  it('see what a trigger makes of a row', async () => {
    await world.admin(`
      CREATE FUNCTION reassign() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.author_id := 2; RETURN NEW; END';
      CREATE TRIGGER reassign BEFORE INSERT OR UPDATE ON posts FOR EACH ROW EXECUTE FUNCTION reassign();`);
    const outcomes = [
      await outcome(one.query(`INSERT INTO posts (title, author_id) VALUES ('new', 1)`)),
      await outcome(one.query(`UPDATE posts SET title = 'new' WHERE id = 1`)),
    ];
    await world.admin('DROP FUNCTION reassign CASCADE');
    expect(outcomes).toEqual([REFUSED, REFUSED]);
  });

  it('refuse to restore a child under a deleted row it was deleted with, and only there', async () => {
    await world.admin(`UPDATE posts SET deleted_at = now(), reviewer_id = 2`);
    await one.query(OPEN);
    // The reviewer is deleted, but posts are not deleted along with reviewers.
    expect(await outcome(one.query('UPDATE posts SET deleted_at = NULL WHERE id = 1'))).toBe('done');
    await world.admin(`UPDATE users SET deleted_at = now() WHERE id = 1`);
    expect(await outcome(one.query('UPDATE posts SET deleted_at = NULL WHERE id = 2'))).toBe(REFUSED);
    expect(
      await outcome(
        one.query(`WITH parent AS (UPDATE users SET deleted_at = NULL WHERE id = 1)
                   UPDATE posts SET deleted_at = NULL WHERE id = 2`),
      ),
    ).toBe('done');
  });

  it('let rows of a cycle come back together, one by one in a transaction, and not one of them alone', async () => {
    await world.admin(`
      INSERT INTO teams (id, tenant_id, name) VALUES (1, 'a', 't');
      INSERT INTO members (id, tenant_id, name, team_id) VALUES (1, 'a', 'm', 1);
      UPDATE teams SET lead_id = 1;
      UPDATE teams SET deleted_at = now(); UPDATE members SET deleted_at = now();`);
    await one.query(OPEN);
    expect(await outcome(one.query('UPDATE teams SET deleted_at = NULL'))).toBe(REFUSED);
    await one.query('BEGIN');
    await one.query('UPDATE teams SET deleted_at = NULL');
    await one.query('UPDATE members SET deleted_at = NULL');
    expect(await outcome(one.query('COMMIT'))).toBe('done');
    await one.query('BEGIN');
    await one.query('UPDATE teams SET deleted_at = now()');
    await one.query('UPDATE members SET deleted_at = now()');
    await one.query('UPDATE teams SET deleted_at = NULL');
    await one.query('UPDATE teams SET deleted_at = now()');
    expect(await outcome(one.query('COMMIT'))).toBe('done');
  });

  it('leave deleted children alone', async () => {
    await one.query(OPEN);
    const insert = `INSERT INTO posts (title, author_id, deleted_at) VALUES ('old', 2, now())`;
    expect(await outcome(one.query(insert))).toBe('done');
  });

  it('have a deletion wait for a child that is being inserted, and then see it', async () => {
    await one.query('BEGIN');
    await one.query(`INSERT INTO posts (id, title, author_id) VALUES (9, 'late', 1)`);
    await other.query(OPEN);
    await other.query('BEGIN');
    const deletion = other.query('UPDATE users SET deleted_at = now() WHERE id = 1');
    await somebodyWaits(world);
    await one.query('COMMIT');
    await deletion;
    const { rows } = await other.query('SELECT id FROM posts WHERE author_id = 1 ORDER BY id');
    expect(rows).toEqual([{ id: 1 }, { id: 2 }, { id: 9 }]);
    await other.query('COMMIT');
  });

  it.each([
    ['COMMIT', REFUSED],
    ['ROLLBACK', 'done'],
  ])('have an insertion wait for a deletion that is under way: %s', async (end, expected) => {
    await other.query(OPEN);
    await other.query('BEGIN');
    await other.query('UPDATE users SET deleted_at = now() WHERE id = 1');
    const insertion = outcome(one.query(`INSERT INTO posts (title, author_id) VALUES ('late', 1)`));
    await somebodyWaits(world);
    await other.query(end);
    expect(await insertion).toBe(expected);
  });

  it.each([
    ['REPEATABLE READ', '40001'],
    ['SERIALIZABLE', '40001'],
  ])('do not let an insertion at %s overlook a deletion', async (level, expected) => {
    await one.query(`BEGIN ISOLATION LEVEL ${level}`);
    await one.query('SELECT FROM users');
    await other.query(OPEN);
    await other.query('UPDATE users SET deleted_at = now() WHERE id = 1');
    expect(await outcome(one.query(`INSERT INTO posts (title, author_id) VALUES ('late', 1)`))).toBe(expected);
  });

  it('do not have writes wait that delete nothing', async () => {
    await one.query('BEGIN');
    await one.query(`INSERT INTO posts (title, author_id) VALUES ('late', 1)`);
    await other.query(`SET statement_timeout = '5s'`);
    expect(await outcome(other.query(`UPDATE users SET name = 'new' WHERE id = 1`))).toBe('done');
  });
});

describe('guards where tenants are kept apart', () => {
  let world: SqlWorld;
  beforeAll(async () => {
    world = await SqlWorld.create(true, script({ policies: true }));
    await world.admin(SEED);
  });
  afterAll(() => world.close());

  it('do not tell whether another tenant’s row is deleted', async () => {
    const a = await world.connect('a');
    const referTo = (id: number): Promise<string> =>
      outcome(a.query(`INSERT INTO posts (title, author_id) VALUES ('new', ${id})`));
    expect(await referTo(3)).toBe(await referTo(4));
  });

  it('open deleted rows for no longer than they look', async () => {
    const a = await world.connect('a');
    const setting = async (): Promise<unknown> =>
      (await a.query<{ setting: string }>(`SELECT current_setting('app.deleted_rows') AS setting`)).rows[0]?.setting;
    await a.query(`BEGIN; SELECT set_config('app.deleted_rows', ',tags,', true)`);
    // Not seen, and so looked for among deleted rows.
    await a.query(`INSERT INTO posts (title, author_id) VALUES ('new', 3)`);
    expect(await setting()).toBe(',tags,');
    await a.query('SAVEPOINT refused');
    expect(await outcome(a.query(`INSERT INTO posts (title, author_id) VALUES ('new', 2)`))).toBe(REFUSED);
    await a.query('ROLLBACK TO refused');
    expect(await setting()).toBe(',tags,');
    await a.query('ROLLBACK');
  });

  it('name table and guard in the error, and no value', async () => {
    const a = await world.connect('a');
    await expect(a.query(`INSERT INTO posts (title, author_id) VALUES ('new', 2)`)).rejects.toMatchObject({
      code: REFUSED,
      schema: 'public',
      table: 'posts',
      constraint: 'soft_delete_guard_posts_author',
      detail: undefined,
      message: 'insert or update on table "posts" refers to a deleted row of "users" (author_id)',
    });
  });
});
