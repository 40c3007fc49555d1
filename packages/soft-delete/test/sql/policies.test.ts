import type { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { outcome, script, SqlWorld } from './sql-world';

const SEED = `
  INSERT INTO users (id, tenant_id, email, deleted_at) VALUES
    (1, 'a', 'active', NULL), (2, 'a', 'gone', now()), (3, 'b', 'active', NULL), (4, 'b', 'gone', now());
  INSERT INTO tags (id, tenant_id, label, deleted_at) VALUES (1, 'a', 'active', NULL), (2, 'a', 'gone', now());`;

const open = (client: Client, value: string): Promise<unknown> =>
  client.query(`SELECT set_config('app.deleted_rows', $1, false)`, [value]);

const ids = async (client: Client, text: string): Promise<number[]> =>
  (await client.query<{ id: number }>(text)).rows.map(({ id }) => id).sort();

describe.each([
  { name: 'beside those of tenants', tenancy: true, script: script({ policies: true }) },
  { name: 'alone', tenancy: false, script: script({ policies: true, standalone: true }) },
])('policies $name', ({ tenancy, script: sql }) => {
  let world: SqlWorld;
  let client: Client;
  const others = tenancy ? [] : [3];
  const othersDeleted = tenancy ? [] : [4];
  beforeAll(async () => {
    world = await SqlWorld.create(tenancy, sql);
    client = await world.connect('a');
  });
  beforeEach(async () => {
    await client.query('ROLLBACK; RESET app.deleted_rows');
    await world.fixture.clear();
    await world.admin(SEED);
  });
  afterAll(() => world.close());

  it('hide deleted rows from SQL that nobody rewrote', async () => {
    expect(await ids(client, 'SELECT id FROM users')).toEqual([1, ...others]);
    expect(await ids(client, 'SELECT id FROM users WHERE deleted_at IS NOT NULL')).toEqual([]);
    expect(await ids(client, 'SELECT u.id FROM tags t LEFT JOIN users u ON u.id = 2')).toEqual([null]);
  });

  it('show them to a statement that opened their table, and those of no other', async () => {
    await open(client, ',posts,users,');
    expect(await ids(client, 'SELECT id FROM users')).toEqual([1, 2, ...others, ...othersDeleted]);
    expect(await ids(client, 'SELECT id FROM tags')).toEqual([1]);
    await open(client, '*');
    expect(await ids(client, 'SELECT id FROM tags')).toEqual([1, 2]);
  });

  it.each(['', 'users', ',users_of_old,', ',power users,', '**', ',*,', ',USERS,'])(
    'keep them hidden where the setting is %j',
    async (value) => {
      await open(client, value);
      expect(await ids(client, 'SELECT id FROM users')).toEqual([1, ...others]);
    },
  );

  it('open nothing longer than the transaction that asked for it', async () => {
    await client.query(`BEGIN; SELECT set_config('app.deleted_rows', '*', true)`);
    expect(await ids(client, 'SELECT id FROM tags')).toEqual([1, 2]);
    await client.query('COMMIT');
    expect(await ids(client, 'SELECT id FROM tags')).toEqual([1]);
  });

  it.each([
    ['UPDATE users SET name = $$new$$', 'name IS NOT NULL'],
    ['UPDATE users SET name = $$new$$ WHERE id IN (1, 2)', 'name IS NOT NULL'],
    ['UPDATE users SET deleted_at = NULL', 'deleted_at IS NULL'],
  ])('keep %s off deleted rows', async (statement, touched) => {
    await client.query(statement);
    const rows = await world.admin<{ id: number }>(`SELECT id FROM users WHERE ${touched} AND id IN (2, 4)`);
    expect(rows).toEqual([]);
  });

  it.each(['DELETE FROM users', 'DELETE FROM users WHERE id IN (1, 2)'])(
    'keep %s off deleted rows',
    async (statement) => {
      await client.query(statement);
      expect(await world.admin('SELECT id FROM users WHERE id IN (2, 4) ORDER BY id')).toEqual([{ id: 2 }, { id: 4 }]);
      expect(await world.admin('SELECT id FROM users WHERE id = 1')).toEqual([]);
    },
  );

  it.each([
    'UPDATE users SET deleted_at = now() WHERE id = 1',
    'UPDATE users SET deleted_at = now() WHERE id = 1 RETURNING id',
    'UPDATE users SET deleted_at = now()',
    `INSERT INTO users (email, deleted_at) VALUES ('old', now())`,
  ])('let %s through only where the table is open', async (statement) => {
    expect(await outcome(client.query(statement))).toBe('42501');
    await open(client, ',tags,');
    expect(await outcome(client.query(statement))).toBe('42501');
    await open(client, ',users,');
    await world.admin(`SELECT setval(pg_get_serial_sequence('users', 'id'), 100)`);
    expect(await outcome(client.query(statement))).toBe('done');
  });

  it('hold for the owner of the table, too', async () => {
    await world.admin(`SET ROLE ${world.ownerRole}`);
    try {
      await world.admin(`SELECT set_config('app.current_tenant', 'a', false)`);
      expect(await world.admin('SELECT id FROM users ORDER BY id')).toEqual([1, ...others].map((id) => ({ id })));
    } finally {
      await world.admin('RESET ROLE');
    }
  });

  it('find active rows by an index among them', async () => {
    await client.query('SET enable_seqscan = off');
    const { rows } = await client.query<Record<string, string>>(
      `EXPLAIN (COSTS OFF) SELECT id FROM users WHERE tenant_id = 'a' AND email = 'x' AND deleted_at IS NULL`,
    );
    expect(rows.flatMap((row) => Object.values(row)).join('\n')).toContain('users_tenant_id_email_active_key');
    await client.query('RESET enable_seqscan');
  });
});

describe('policies beside those of tenants', () => {
  let world: SqlWorld;
  beforeAll(async () => {
    world = await SqlWorld.create(true, script({ policies: true }));
    await world.admin(SEED);
  });
  afterAll(() => world.close());

  it('show no deleted row of another tenant, whatever is opened', async () => {
    const client = await world.connect('a');
    await open(client, '*');
    expect(await ids(client, 'SELECT id FROM users')).toEqual([1, 2]);
    await client.query(`UPDATE users SET name = 'taken'`);
    await client.query('DELETE FROM users');
    expect(await world.admin('SELECT id, name FROM users ORDER BY id')).toEqual([
      { id: 3, name: null },
      { id: 4, name: null },
    ]);
  });
});

describe('the SQL of policies', () => {
  it('is refused for a table whose rows nobody would get, which it leaves as it was', async () => {
    const world = await SqlWorld.create(false);
    try {
      await expect(world.admin(script({ policies: true }))).rejects.toThrow(
        'No policy gives anybody rows of "public"."users"',
      );
      expect(await world.admin(`SELECT relrowsecurity FROM pg_class WHERE relname = 'users'`)).toEqual([
        { relrowsecurity: false },
      ]);
    } finally {
      await world.close();
    }
  });

  it('is refused where it would undo the policies of tenants', async () => {
    const world = await SqlWorld.create(true);
    try {
      const run = world.admin(script({ policies: true, standalone: true }));
      await expect(run).rejects.toThrow('Other policies keep rows of "public"."users" apart');
    } finally {
      await world.close();
    }
  });

  it('takes the way for tables without tenants back once there are tenants', async () => {
    const world = await SqlWorld.create(false, script({ policies: true, standalone: true }));
    try {
      await world.admin(`
        DO $$ DECLARE t regclass; BEGIN
          FOR t IN SELECT polrelid FROM pg_policy WHERE polname = 'soft_delete_standalone' LOOP
            EXECUTE format('CREATE POLICY tenant_isolation ON %s USING (tenant_id = current_setting(''app.current_tenant''))', t);
          END LOOP;
        END $$`);
      await world.admin(SEED);
      const client = await world.connect('a');
      expect(await ids(client, 'SELECT id FROM users')).toEqual([1, 3]);
      await world.admin(script({ policies: true }));
      expect(await ids(client, 'SELECT id FROM users')).toEqual([1]);
    } finally {
      await world.close();
    }
  });
});
