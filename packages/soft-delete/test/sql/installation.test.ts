import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { migrate } from '@nestarc/postgres/migrations';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SoftDeleteNotInstalledError } from '../../src/errors/soft-delete-not-installed.error';
import { assertSoftDeleteInstalled } from '../../src/sql/soft-delete-installed.check';
import { softDeleteSql } from '../../src/sql/soft-delete-sql';
import { resolveSoftDeleteSqlOptions, type SoftDeleteSqlOptions } from '../../src/sql/soft-delete-sql.options';
import { PrismaClient } from '../fixture/generated/client';
import { PrismaPg } from '@prisma/adapter-pg';
import { attached, EXTENSION, script, SqlWorld } from './sql-world';

/** What the tables are made of, apart from data. */
const CATALOG = `
  SELECT 'column' AS kind, table_name || '.' || column_name || ' ' || data_type AS what FROM information_schema.columns WHERE table_schema = 'public'
  UNION ALL SELECT 'index', indexdef FROM pg_indexes WHERE schemaname = 'public'
  UNION ALL SELECT 'trigger', pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT 'policy', polrelid::regclass || ' ' || polname || ' ' || pg_get_expr(polqual, polrelid) FROM pg_policy
  UNION ALL SELECT 'function', pg_get_functiondef(p.oid) FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
  ORDER BY 1, 2`;

describe('softDeleteSql', () => {
  it('may be run twice, and leaves what it left the first time', async () => {
    const world = await SqlWorld.create(true, script({ policies: true }));
    const first = await world.admin(CATALOG);
    await world.admin(script({ policies: true }));
    expect(await world.admin(CATALOG)).toEqual(first);
    await world.close();
  });

  it('may be shipped as a migration, with statements one by one as well', async () => {
    const world = await SqlWorld.create(true);
    const directory = await mkdtemp(path.join(tmpdir(), 'nestarc-soft-delete-'));
    try {
      await writeFile(path.join(directory, '0001_once.sql'), script({ policies: true }));
      await writeFile(
        path.join(directory, '0002_again.sql'),
        `-- nestarc: no-transaction\n${script({ policies: true })}`,
      );
      const report = await migrate({ connectionString: world.fixture.database.ownerUrl, directory });
      expect(report.applied.map(({ name }) => name)).toEqual(['0001_once', '0002_again']);
    } finally {
      await rm(directory, { recursive: true, force: true });
      await world.close();
    }
  });

  it('follows a cascade that changes', async () => {
    const guards = async (): Promise<unknown[]> =>
      (
        await world.admin<{ name: string }>(
          `SELECT tgrelid::regclass || CASE WHEN tgdeferrable THEN ' by the end' ELSE ' at once' END AS name
             FROM pg_trigger WHERE tgname LIKE '%restore' ORDER BY 1`,
        )
      ).map(({ name }) => name);
    const run = (cascade: Readonly<Record<string, string[]>>): Promise<unknown> =>
      world.admin(script({}, { ...EXTENSION, cascade }));
    const world = await SqlWorld.create(false);
    await run({ Team: ['Member.team'] });
    expect(await guards()).toEqual(['members at once']);
    await run({ Team: ['Member.team'], Member: ['Team.lead'] });
    expect(await guards()).toEqual(['members by the end', 'teams by the end']);
    await run({ Member: ['Team.lead'] });
    expect(await guards()).toEqual(['teams at once']);
    await world.close();
  });

  it('adds the columns that tables lack, in the types of the schema', async () => {
    const world = await SqlWorld.create(
      false,
      ['users', 'categories', 'teams']
        .map((table) => `ALTER TABLE ${table} DROP deleted_at, DROP IF EXISTS deleted_by, DROP IF EXISTS deletion_id;`)
        .join('\n'),
    );
    await world.admin(script());
    const columns = await world.admin(
      `SELECT attrelid::regclass || '.' || attname AS name, format_type(atttypid, atttypmod) AS type, attnotnull AS required
         FROM pg_attribute WHERE attrelid IN ('users'::regclass, 'categories'::regclass, 'teams'::regclass)
          AND attname LIKE 'delet%' ORDER BY 1`,
    );
    const timestamp = (zone: string): string => `timestamp(3) ${zone} time zone`;
    expect(columns).toEqual(
      [
        ['categories.deleted_at', timestamp('with')],
        ['categories.deleted_by', 'text'],
        ['categories.deletion_id', 'uuid'],
        ['teams.deleted_at', timestamp('without')],
        ['users.deleted_at', timestamp('without')],
        ['users.deleted_by', 'text'],
        ['users.deletion_id', 'uuid'],
      ].map(([name, type]) => ({ name, type, required: false })),
    );
    await world.close();
  });

  it('makes an index for the children of a row where none serves', async () => {
    const world = await SqlWorld.create(false, 'CREATE INDEX mine ON posts (author_id, title)');
    await world.admin(script());
    const names = await world.admin<{ name: string }>(
      `SELECT indexname AS name FROM pg_indexes WHERE indexname LIKE '%cascade_idx' ORDER BY 1`,
    );
    // Lines of an order are found by their primary key, profiles by their unique one, posts by the index of their owner.
    expect(names.map(({ name }) => name)).toEqual([
      'categories_parent_id_cascade_idx',
      'cities_country_code_cascade_idx',
      'comments_post_id_cascade_idx',
      'members_team_id_cascade_idx',
      'shipments_order_region_order_number_cascade_idx',
      'teams_lead_id_cascade_idx',
    ]);
    await world.close();
  });

  it.each<[keyof SoftDeleteSqlOptions, RegExp]>([
    ['columns', /ADD COLUMN/],
    ['indexes', /_idx/],
    ['uniqueAmongActive', /unique key/],
    ['guards', /TRIGGER/],
    ['policies', /POLICY/],
  ])('leaves out %s on request', (part, sign) => {
    expect(script({ policies: true })).toMatch(sign);
    expect(script({ policies: true, [part]: false })).not.toMatch(sign);
  });

  it('makes policies where the database enforces', () => {
    expect(script({}, { ...EXTENSION, enforcement: 'database' })).toContain('CREATE POLICY');
    expect(script({}, EXTENSION)).not.toContain('CREATE POLICY');
  });

  it('refuses options by their path, and a client that is not extended', () => {
    expect(() => script({ guard: true } as never)).toThrow('guard');
    expect(() => script({ schema: '' })).toThrow('schema');
    const bare = new PrismaClient({
      adapter: new PrismaPg({ connectionString: 'postgres://nobody@127.0.0.1:1/none' }),
    });
    expect(() => softDeleteSql(bare)).toThrow('createPrismaSoftDeleteExtension');
  });
});

describe('assertSoftDeleteInstalled', () => {
  let world: SqlWorld;
  const needed = { indexes: false, uniqueAmongActive: false, policies: true };
  const check = async (options: SoftDeleteSqlOptions = needed): Promise<void> => {
    const client = await world.connect();
    const resolved = resolveSoftDeleteSqlOptions(options, 'database');
    await assertSoftDeleteInstalled(client, { schema: attached().schema, options: resolved });
  };
  beforeAll(async () => {
    world = await SqlWorld.create(true);
  });
  beforeEach(() => world.admin(script({ policies: true })));
  afterAll(() => world.close());

  it('is content with what softDeleteSql made', async () => {
    await expect(check()).resolves.toBeUndefined();
  });

  it.each([
    ['a column', 'ALTER TABLE teams DROP deleted_at CASCADE', 'column teams.deleted_at'],
    ['a guard', 'DROP TRIGGER soft_delete_guard_author_insert ON posts', 'guard of posts (author_id), insert'],
    [
      'a guard that is switched off',
      'ALTER TABLE posts DISABLE TRIGGER soft_delete_guard_author_update',
      'guard of posts (author_id), update',
    ],
    ['the lock of deletions', 'DROP TRIGGER soft_delete_wait ON users', 'lock of users while it is deleted'],
    [
      'a guard of an earlier version',
      `COMMENT ON TRIGGER soft_delete_guard_author_insert ON posts IS '@nestarc/soft-delete 0000'`,
      'guard of posts (author_id), insert',
    ],
    ['a policy', 'DROP POLICY soft_delete_visibility ON users', 'policy that hides deleted rows of users'],
    [
      'a policy of an earlier version',
      `COMMENT ON POLICY soft_delete_visibility ON users IS NULL`,
      'policy that hides deleted rows of users',
    ],
    ['row-level security', 'ALTER TABLE users DISABLE ROW LEVEL SECURITY', 'policy that hides deleted rows of users'],
    [
      'row-level security for the owner',
      'ALTER TABLE users NO FORCE ROW LEVEL SECURITY',
      'policy that hides deleted rows of users',
    ],
    [
      'tenants, because a policy gives all rows,',
      'CREATE POLICY soft_delete_standalone ON users USING (true)',
      'policy that hides deleted rows of users',
    ],
  ])('misses %s, and its message has the SQL that mends it', async (_, damage, title) => {
    await world.admin(damage);
    const error = await check().then(
      () => undefined,
      (thrown: unknown) => thrown as SoftDeleteNotInstalledError,
    );
    expect(error).toBeInstanceOf(SoftDeleteNotInstalledError);
    expect(error).toMatchObject({ code: 'SOFT_DELETE_NOT_INSTALLED' });
    expect(error?.missing).toContain(title);
    expect(error?.message).toContain(error?.sql);
    await world.admin(error?.sql ?? '');
    await expect(check()).resolves.toBeUndefined();
  });

  it('asks nothing of a database where nothing is asked for', async () => {
    const nothing = { columns: false, indexes: false, uniqueAmongActive: false, guards: false, policies: false };
    await world.admin('DROP POLICY soft_delete_visibility ON users');
    await expect(check(nothing)).resolves.toBeUndefined();
  });
});
