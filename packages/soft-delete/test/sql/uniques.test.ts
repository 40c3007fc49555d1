import type { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { outcome, script, SqlWorld } from './sql-world';

const TAKEN = '23505';

const indexes = async (world: SqlWorld, table: string): Promise<string[]> =>
  (
    await world.admin<{ name: string }>(
      `SELECT c.relname::text AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid = $1::regclass AND i.indisunique AND NOT i.indisprimary ORDER BY 1`,
      [table],
    )
  ).map(({ name }) => name);

describe('unique keys', () => {
  let world: SqlWorld;
  let a: Client;
  let b: Client;
  beforeAll(async () => {
    world = await SqlWorld.create(true, script());
    a = await world.connect('a');
    b = await world.connect('b');
  });
  beforeEach(() => world.fixture.clear());
  afterAll(() => world.close());

  const signUp = (client: Client): Promise<string> =>
    outcome(client.query(`INSERT INTO users (email) VALUES ('ann@example.com')`));

  it('count among the active rows of a tenant only', async () => {
    expect([await signUp(a), await signUp(a), await signUp(b)]).toEqual(['done', TAKEN, 'done']);
    await a.query('UPDATE users SET deleted_at = now()');
    expect([await signUp(a), await signUp(a), await signUp(b)]).toEqual(['done', TAKEN, TAKEN]);
    await a.query('UPDATE users SET deleted_at = now() WHERE deleted_at IS NULL');
    expect([await signUp(a), await signUp(a)]).toEqual(['done', TAKEN]);
  });

  it('keep a deleted row from coming back beside its successor', async () => {
    await signUp(a);
    await a.query('UPDATE users SET deleted_at = now()');
    await signUp(a);
    expect(await outcome(a.query('UPDATE users SET deleted_at = NULL'))).toBe(TAKEN);
  });

  it('stay among all rows where a foreign key refers to them', async () => {
    expect(await indexes(world, 'countries')).toEqual(['countries_code_key']);
    expect(script()).toContain(
      '-- unique key (code) of countries stays among all rows: the foreign key of City.country refers to it',
    );
  });

  it('stay among all rows where Prisma relies on one row on the other side', async () => {
    expect(await indexes(world, 'profiles')).toEqual(['profiles_user_id_key']);
    expect(script()).toContain('-- unique key (user_id) of profiles stays among all rows: user is one-to-one');
    expect(script({ policies: true })).toContain('-- unique key (user_id) of profiles among active rows');
  });

  it('are left alone on request', async () => {
    const untouched = await SqlWorld.create(true, script({ uniqueAmongActive: false }));
    expect(await indexes(untouched, 'users')).toEqual(['users_tenant_id_email_key']);
    await untouched.close();
  });
});

describe('the SQL of unique keys', () => {
  it.each([
    [
      'replaces a constraint by another name, with its columns in another order',
      `DROP INDEX users_tenant_id_email_key; ALTER TABLE users ADD CONSTRAINT "one ""mail" UNIQUE (email, tenant_id)`,
      ['users_tenant_id_email_active_key'],
    ],
    ['makes a key that is not there yet', 'DROP INDEX users_tenant_id_email_key', ['users_tenant_id_email_active_key']],
    [
      'keeps an index that a foreign key relies on which Prisma does not know',
      `CREATE TABLE letters (tenant_id text, email text, FOREIGN KEY (tenant_id, email) REFERENCES users (tenant_id, email))`,
      ['users_tenant_id_email_active_key', 'users_tenant_id_email_key'],
    ],
    [
      'keeps indexes of other columns, conditions and expressions',
      `CREATE UNIQUE INDEX u1 ON users (tenant_id); CREATE UNIQUE INDEX u2 ON users (tenant_id, email) WHERE age > 7;
       CREATE UNIQUE INDEX u3 ON users (tenant_id, lower(email)); CREATE UNIQUE INDEX u4 ON users (tenant_id, email, name)`,
      ['u1', 'u2', 'u3', 'u4', 'users_tenant_id_email_active_key'],
    ],
  ])('%s', async (_, before, after) => {
    const world = await SqlWorld.create(false, before);
    try {
      await world.admin(script());
      await world.admin(script());
      expect(await indexes(world, 'users')).toEqual(after);
    } finally {
      await world.close();
    }
  });
});

describe('the index among active rows', () => {
  const definition = async (world: SqlWorld): Promise<string[]> =>
    (
      await world.admin<{ definition: string }>(
        `SELECT indexdef AS definition FROM pg_indexes WHERE tablename = 'users' AND indexname LIKE 'users_tenant%' ORDER BY indexname`,
      )
    ).map((row) => row.definition);

  it.each([
    ['nulls that are not distinct', '(tenant_id, email) NULLS NOT DISTINCT'],
    ['columns it holds besides', '(tenant_id, email) INCLUDE (name)'],
    ['collations and orders', '(tenant_id COLLATE "C" DESC, email COLLATE "POSIX")'],
    ['operator classes', '(tenant_id text_pattern_ops, email)'],
    ['storage parameters', `(email, tenant_id) WITH (fillfactor='70')`],
  ])('has what the one it replaces says: %s', async (_, says) => {
    const world = await SqlWorld.create(
      false,
      `DROP INDEX users_tenant_id_email_key; CREATE UNIQUE INDEX users_tenant_id_email_key ON users ${says}`,
    );
    try {
      await world.admin(script());
      await world.admin(script());
      expect(await definition(world)).toEqual([
        `CREATE UNIQUE INDEX users_tenant_id_email_active_key ON public.users USING btree ${says} WHERE (deleted_at IS NULL)`,
      ]);
      // As a migration of Prisma's would bring it back.
      await world.admin(`CREATE UNIQUE INDEX users_tenant_id_email_key ON users ${says}`);
      await world.admin(script());
      expect(await definition(world)).toHaveLength(1);
    } finally {
      await world.close();
    }
  });

  it('takes no place of one that is checked later, or that says more', async () => {
    const world = await SqlWorld.create(
      false,
      `DROP INDEX users_tenant_id_email_key;
       ALTER TABLE users ADD CONSTRAINT users_tenant_later UNIQUE (tenant_id, email) DEFERRABLE INITIALLY DEFERRED`,
    );
    try {
      await world.admin(script());
      expect(await indexes(world, 'users')).toEqual(['users_tenant_later']);
      await world.admin('ALTER TABLE users DROP CONSTRAINT users_tenant_later');
      await world.admin(script());
      await world.admin('CREATE UNIQUE INDEX users_nulls ON users (tenant_id, email) NULLS NOT DISTINCT');
      await world.admin(script());
      expect(await indexes(world, 'users')).toEqual(['users_nulls', 'users_tenant_id_email_active_key']);
    } finally {
      await world.close();
    }
  });
});
