import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { migrate, type MigrationError, type MigrationReport } from '@nestarc/postgres/migrations';
import { createTestDatabase } from '@nestarc/testing';
import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { query } from '../embedded/fixture/query';
import { migrationDirectory } from './fixture/migration-directory';

const names = (report: MigrationReport): string[] => report.applied.map(({ name }) => name);
const HISTORY = `SELECT migration_name AS name, finished_at IS NOT NULL AS finished, applied_steps_count AS steps
  FROM _prisma_migrations ORDER BY started_at`;

describe('a run', () => {
  test('applies files and Prisma folders by number, each once', async () => {
    await using database = await createTestDatabase();
    await using directory = await migrationDirectory({
      '9_first.sql': 'CREATE TABLE log (name text)',
      '10_second.sql': `INSERT INTO log VALUES ('second'); INSERT INTO log VALUES ('again')`,
      '20240101000000_third/migration.sql': `INSERT INTO log VALUES ('third')`,
      'migration_lock.toml': 'provider = "postgresql"',
      'README.md': 'Not SQL',
    });
    const options = { connectionString: database.ownerUrl, directory: directory.path };
    const first = await migrate(options);
    expect(names(first)).toEqual(['9_first', '10_second', '20240101000000_third']);
    expect(first.alreadyApplied).toEqual([]);
    expect(first.applied.every(({ durationMs }) => durationMs > 0)).toBe(true);
    expect(first.applied[2]?.file).toBe(join(directory.path, '20240101000000_third/migration.sql'));

    await directory.write('11_late.sql', `INSERT INTO log VALUES ('late')`);
    const second = await migrate(options);
    expect(names(second)).toEqual(['11_late']);
    expect(second.alreadyApplied).toEqual(['9_first', '10_second', '20240101000000_third']);
    expect(names(await migrate(options))).toEqual([]);
    expect(await query(database.ownerUrl, 'SELECT * FROM log')).toEqual(
      ['second', 'again', 'third', 'late'].map((name) => ({ name })),
    );
  });

  test('takes several directories in the given order', async () => {
    await using database = await createTestDatabase();
    await using base = await migrationDirectory({ '0002_base.sql': 'CREATE TABLE base (id int PRIMARY KEY)' });
    await using app = await migrationDirectory({ '0001_app.sql': 'CREATE TABLE app (id int REFERENCES base)' });
    const report = await migrate({ connectionString: database.ownerUrl, directory: [base.path, app.path] });
    expect(names(report)).toEqual(['0002_base', '0001_app']);
  });

  test('of twenty at the same time applies each migration exactly once', async () => {
    await using database = await createTestDatabase();
    await using directory = await migrationDirectory({
      '0001_log.sql': 'CREATE TABLE log (name text)',
      '0002_slow.sql': `SELECT pg_sleep(0.2); INSERT INTO log VALUES ('slow')`,
      '0003_index.sql': '-- nestarc: no-transaction\nCREATE INDEX CONCURRENTLY log_name ON log (name);',
      '0004_more.sql': `INSERT INTO log VALUES ('more')`,
    });
    const options = { connectionString: database.ownerUrl, directory: directory.path };
    const reports = await Promise.all(Array.from({ length: 20 }, () => migrate(options)));
    expect(reports.flatMap(names).sort()).toEqual(['0001_log', '0002_slow', '0003_index', '0004_more']);
    expect(await query(database.ownerUrl, 'SELECT name, count(*)::int FROM log GROUP BY name ORDER BY name')).toEqual([
      { name: 'more', count: 1 },
      { name: 'slow', count: 1 },
    ]);
    expect(await query(database.ownerUrl, 'SELECT count(*)::int FROM _prisma_migrations')).toEqual([{ count: 4 }]);
  });

  test('reports what it would do when it is dry, and does nothing', async () => {
    await using database = await createTestDatabase();
    await using directory = await migrationDirectory({ '0001_a.sql': 'CREATE TABLE a ()' });
    const options = { connectionString: database.ownerUrl, directory: directory.path };
    expect(await migrate({ ...options, dryRun: true })).toMatchObject({ pending: ['0001_a'], applied: [] });
    expect(await query(database.ownerUrl, `SELECT FROM pg_class WHERE relname IN ('a', '_prisma_migrations')`)).toEqual(
      [],
    );
    await migrate(options);
    expect(await migrate({ ...options, dryRun: true })).toMatchObject({ pending: [], alreadyApplied: ['0001_a'] });
  });

  test('reports progress', async () => {
    await using database = await createTestDatabase();
    await using directory = await migrationDirectory({ '0001_a.sql': 'SELECT 1', '0002_b.sql': 'SELECT 2' });
    const steps: string[] = [];
    await migrate({
      connectionString: database.ownerUrl,
      directory: directory.path,
      onProgress: ({ step, name }) => steps.push(`${step} ${name}`),
    });
    expect(steps).toEqual(['applying 0001_a', 'applied 0001_a', 'applying 0002_b', 'applied 0002_b']);
  });

  test('gives up when another one holds the lock for too long', async () => {
    await using database = await createTestDatabase();
    await using directory = await migrationDirectory({});
    const other = new Client({ connectionString: database.adminUrl });
    await other.connect();
    // The key of `prisma migrate`.
    await other.query('SELECT pg_advisory_lock(72707369)');
    const running = migrate({ connectionString: database.ownerUrl, directory: directory.path, lockTimeoutMs: 200 });
    await expect(running).rejects.toMatchObject({ code: 'MIGRATION_LOCK_TIMEOUT' });
    await other.end();
    const next = await migrate({ connectionString: database.ownerUrl, directory: directory.path });
    expect(next.applied).toEqual([]);
  });

  test('honours the schema of the connection string and makes it when it is absent', async () => {
    await using database = await createTestDatabase();
    await using directory = await migrationDirectory({ '0001_a.sql': 'CREATE TABLE a ()' });
    await migrate({ connectionString: `${database.ownerUrl}?schema=Other%20one`, directory: directory.path });
    const found = `SELECT relname AS name FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
      WHERE nspname = 'Other one' AND relkind = 'r' ORDER BY 1`;
    expect(await query(database.ownerUrl, found)).toEqual([{ name: '_prisma_migrations' }, { name: 'a' }]);
  });

  test('starts each migration with the settings of the session', async () => {
    await using database = await createTestDatabase();
    await using directory = await migrationDirectory({
      '0001_dump.sql': `SELECT pg_catalog.set_config('search_path', '', false); SET statement_timeout = 1; RESET statement_timeout`,
      '0002_plain.sql': 'CREATE TABLE a ()',
    });
    const report = await migrate({ connectionString: database.ownerUrl, directory: directory.path });
    expect(report.applied).toHaveLength(2);
  });
});

describe('a failing migration', () => {
  const failing = [
    ['a syntax error', 'CREATE TABLE a ();\n\nCREATE TABEL b ();', 3, '42601'],
    ['an unknown column', `CREATE TABLE a (x int);\n-- 😀\nINSERT INTO a\n  (y) VALUES (1);`, 4, '42703'],
    ['an error without a position', 'CREATE TABLE a ();\n\n-- again\nCREATE TABLE a ();', 4, '42P07'],
    ['an error in a block', `CREATE TABLE a ();\nDO $$ BEGIN\n  RAISE 'no';\nEND $$;`, 2, 'P0001'],
    [
      'a deferred constraint',
      'CREATE TABLE p (id int PRIMARY KEY);\nCREATE TABLE a (p int REFERENCES p DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO a VALUES (1);',
      undefined,
      '23503',
    ],
  ] as const;

  test.each(failing)(
    'leaves nothing behind after %s and names file, line and SQLSTATE',
    async (_, sql, line, sqlState) => {
      await using database = await createTestDatabase();
      await using directory = await migrationDirectory({ '0001_ok.sql': 'CREATE TABLE ok ()', '0002_bad.sql': sql });
      const options = { connectionString: database.ownerUrl, directory: directory.path };
      const error = (await migrate(options).catch((thrown: unknown) => thrown)) as MigrationError;
      const file = join(directory.path, '0002_bad.sql');
      expect(error).toMatchObject({ code: 'MIGRATION_FAILED', file, line, sqlState });
      expect(error.message).toContain(line === undefined ? file : `${file}:${line}`);
      expect(error.message).toContain(`SQLSTATE ${sqlState}`);
      expect(await query(database.ownerUrl, `SELECT to_regclass('a') AS a, to_regclass('ok')::text AS ok`)).toEqual([
        { a: null, ok: 'ok' },
      ]);
      expect(await query(database.ownerUrl, HISTORY)).toEqual([{ name: '0001_ok', finished: true, steps: 1 }]);

      await directory.write('0002_bad.sql', 'CREATE TABLE a ()');
      expect(names(await migrate(options))).toEqual(['0002_bad']);
    },
  );

  test('without a transaction stops later runs until somebody has cleaned up', async () => {
    await using database = await createTestDatabase();
    await using directory = await migrationDirectory({
      '0001_bad.sql':
        '-- nestarc: no-transaction\nCREATE TABLE a ();\n\nCREATE INDEX CONCURRENTLY i ON\n  missing (x);',
    });
    const options = { connectionString: database.ownerUrl, directory: directory.path };
    await expect(migrate(options)).rejects.toMatchObject({ code: 'MIGRATION_FAILED', line: 4, sqlState: '42P01' });
    await expect(migrate(options)).rejects.toMatchObject({
      code: 'MIGRATION_FAILED_EARLIER',
      file: join(directory.path, '0001_bad.sql'),
      message: expect.stringContaining('relation "missing" does not exist') as unknown,
    });
    await query(database.ownerUrl, 'DROP TABLE a');
    await query(database.ownerUrl, 'UPDATE _prisma_migrations SET rolled_back_at = now()');
    await directory.write('0001_bad.sql', '-- nestarc: no-transaction\nCREATE TABLE a ();');
    expect(names(await migrate(options))).toEqual(['0001_bad']);
  });

  test('that must not run in a transaction is told how to ask for none', async () => {
    await using database = await createTestDatabase({ sql: 'CREATE TABLE a (x int)' });
    await using directory = await migrationDirectory({ '0001_i.sql': 'CREATE INDEX CONCURRENTLY i ON a (x)' });
    await expect(migrate({ connectionString: database.ownerUrl, directory: directory.path })).rejects.toThrow(
      '-- nestarc: no-transaction',
    );
  });

  test('with a transaction of its own keeps what it has committed, and says so the next time', async () => {
    await using database = await createTestDatabase();
    await using directory = await migrationDirectory({
      '0001_enum.sql': 'BEGIN;\nCREATE TABLE a ();\nCOMMIT;\nBEGIN;\nCREATE TABLE b ();\nCREATE TABLE a ();\nCOMMIT;',
    });
    const options = { connectionString: database.ownerUrl, directory: directory.path };
    await expect(migrate(options)).rejects.toMatchObject({ code: 'MIGRATION_FAILED', line: 6, sqlState: '42P07' });
    expect(await query(database.ownerUrl, `SELECT to_regclass('a')::text AS a, to_regclass('b') AS b`)).toEqual([
      { a: 'a', b: null },
    ]);
    await expect(migrate(options)).rejects.toMatchObject({ code: 'MIGRATION_FAILED_EARLIER' });
  });
});

describe('the history', () => {
  test('is the one prisma migrate keeps', async () => {
    await using database = await createTestDatabase();
    await using directory = await migrationDirectory({ '0001_a/migration.sql': 'CREATE TABLE a ();\n' });
    await migrate({ connectionString: database.ownerUrl, directory: directory.path });
    const columns = `SELECT column_name || ' ' || data_type || coalesce('(' || character_maximum_length || ')', '') ||
      CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END || coalesce(' default ' || column_default, '') AS definition
      FROM information_schema.columns WHERE table_name = '_prisma_migrations' ORDER BY ordinal_position`;
    expect(
      (await query<{ definition: string }>(database.ownerUrl, columns)).map(({ definition }) => definition),
    ).toEqual([
      'id character varying(36) not null',
      'checksum character varying(64) not null',
      'finished_at timestamp with time zone',
      'migration_name character varying(255) not null',
      'logs text',
      'rolled_back_at timestamp with time zone',
      'started_at timestamp with time zone not null default now()',
      'applied_steps_count integer not null default 0',
    ]);
    const [row] = await query(database.ownerUrl, 'SELECT * FROM _prisma_migrations');
    expect(row).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
      checksum: createHash('sha256').update('CREATE TABLE a ();\n').digest('hex'),
      finished_at: expect.any(Date) as unknown,
      migration_name: '0001_a',
      logs: null,
      rolled_back_at: null,
      started_at: expect.any(Date) as unknown,
      applied_steps_count: 1,
    });
  });

  test('written by prisma migrate is taken over, whatever the line ends', async () => {
    await using database = await createTestDatabase();
    const sql = 'CREATE TABLE a (\n);\n';
    await using directory = await migrationDirectory({
      '20240101000000_a/migration.sql': sql.replaceAll('\n', '\r\n'),
    });
    await query(
      database.ownerUrl,
      `CREATE TABLE _prisma_migrations (id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL,
        finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ,
        started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0);
       INSERT INTO _prisma_migrations (id, checksum, migration_name, rolled_back_at)
         VALUES ('1', 'another', '20240101000000_a', now());
       INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at)
         VALUES ('2', '${createHash('sha256').update(sql).digest('hex')}', '20240101000000_a', now())`,
    );
    const report = await migrate({ connectionString: database.ownerUrl, directory: directory.path });
    expect(report).toMatchObject({ applied: [], alreadyApplied: ['20240101000000_a'] });
  });

  test('cannot be written by the application', async () => {
    await using database = await createTestDatabase();
    await using directory = await migrationDirectory({ '0001_a.sql': 'CREATE TABLE a ()' });
    await migrate({ connectionString: database.ownerUrl, directory: directory.path });
    await expect(query(database.appUrl, 'DELETE FROM _prisma_migrations')).rejects.toThrow('permission denied');
    expect(await query(database.appUrl, 'SELECT migration_name FROM _prisma_migrations')).toHaveLength(1);
  });

  test('and the files must agree', async () => {
    await using database = await createTestDatabase();
    await using directory = await migrationDirectory({ '0001_a.sql': 'SELECT 1', '0002_b.sql': 'SELECT 2' });
    const options = { connectionString: database.ownerUrl, directory: directory.path };
    await migrate(options);
    await directory.write('0001_a.sql', 'SELECT 3');
    await expect(migrate(options)).rejects.toMatchObject({
      code: 'MIGRATION_CHANGED',
      file: join(directory.path, '0001_a.sql'),
      message: expect.stringContaining('0001_a') as unknown,
    });
    await directory.remove('0001_a.sql');
    await expect(migrate(options)).rejects.toMatchObject({ code: 'MIGRATION_FILE_MISSING', file: '0001_a' });
  });
});

describe('the files', () => {
  test.each([
    [{ 'users.sql': 'SELECT 1' }, 'MIGRATION_NAME_INVALID'],
    [{ '0001_a.sql': 'SELECT 1', '0001_a/migration.sql': 'SELECT 1' }, 'MIGRATION_NAME_DUPLICATE'],
  ])('%j are refused', async (files, code) => {
    await using directory = await migrationDirectory(files);
    const running = migrate({ connectionString: 'postgresql://127.0.0.1:1/none', directory: directory.path });
    await expect(running).rejects.toMatchObject({ code });
  });

  test('in a directory that cannot be read are refused', async () => {
    const running = migrate({ connectionString: 'postgresql://127.0.0.1:1/none', directory: '/missing' });
    await expect(running).rejects.toMatchObject({
      code: 'MIGRATION_DIRECTORY_UNREADABLE',
      message: expect.stringContaining('/missing') as unknown,
    });
  });
});
