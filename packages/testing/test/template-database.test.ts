import { createTestDatabase } from '@nestarc/testing';
import { Client } from 'pg';
import { expect, test } from 'vitest';

const ADMIN = process.env['NESTARC_TEST_ADMIN_URL'] ?? '';

async function query<Row extends object>(url: string, text: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

/** Text that no other run of these tests has built a template of. */
const unique = (): string => `-- ${process.hrtime.bigint()} ${process.pid}\n`;

/** A schema that tells how often it was built: building it takes a number from a sequence of the server's own database. */
const SCHEMA = 'CREATE TABLE notes (id serial PRIMARY KEY, body text NOT NULL);';

const templatesWith = (condition: string): Promise<{ name: string }[]> =>
  query(
    ADMIN,
    `SELECT datname AS name FROM pg_database WHERE starts_with(datname, 'nestarc_template_') AND ${condition}`,
  );

test('a template is built once and cloned from then on', async () => {
  let builds = 0;
  const template = {
    key: unique(),
    build: async ({ ownerUrl }: { ownerUrl: string }) => {
      builds += 1;
      await query(ownerUrl, SCHEMA);
    },
  };
  const databases = await Promise.all(Array.from({ length: 5 }, () => createTestDatabase({ template })));
  expect(builds).toBe(1);
  const [one, two] = databases;
  await query(one?.appUrl ?? '', `INSERT INTO notes (body) VALUES ('a')`);
  expect(await query(one?.ownerUrl ?? '', 'SELECT * FROM notes')).toEqual([{ id: 1, body: 'a' }]);
  expect(await query(two?.appUrl ?? '', 'SELECT * FROM notes')).toEqual([]);
  await Promise.all(databases.map((database) => database.drop()));
});

test('the roles of a clone are as restricted as those of any test database', async () => {
  await using database = await createTestDatabase({ template: { sql: SCHEMA } });
  await expect(query(database.appUrl, 'DROP TABLE notes')).rejects.toThrow('must be owner');
  await expect(query(database.appUrl, 'CREATE TABLE more ()')).rejects.toThrow('permission denied for schema public');
  await query(database.ownerUrl, 'CREATE TABLE more (n int)');
  expect(await query(database.appUrl, 'SELECT * FROM more')).toEqual([]);
  const role = 'SELECT rolsuper OR rolbypassrls AS above FROM pg_roles WHERE rolname = current_user';
  expect(await query(database.appUrl, role)).toEqual([{ above: false }]);
});

test('SQL beside the template runs in the clone only', async () => {
  const template = { sql: SCHEMA };
  await using seeded = await createTestDatabase({ template, sql: `INSERT INTO notes (body) VALUES ('a')` });
  await using empty = await createTestDatabase({ template });
  expect(await query(seeded.appUrl, 'SELECT body FROM notes')).toEqual([{ body: 'a' }]);
  expect(await query(empty.appUrl, 'SELECT body FROM notes')).toEqual([]);
});

test('another text is another template, and one that fails to build leaves nothing', async () => {
  const sql = `${unique()}CREATE TABLE broken (`;
  const count = async (): Promise<number> => (await templatesWith('true')).length;
  const before = await count();
  await expect(createTestDatabase({ template: { sql } })).rejects.toThrow('syntax error');
  expect(await count()).toBe(before);
  await using one = await createTestDatabase({ template: { sql: `${sql} n int)` } });
  expect(await query(one.appUrl, 'SELECT * FROM broken')).toEqual([]);
  expect(await count()).toBe(before + 1);
});

test('nobody connects to a template, and dropping a clone leaves it alone', async () => {
  const sql = `${unique()}${SCHEMA}`;
  const before = (await templatesWith('true')).map(({ name }) => name);
  await (await createTestDatabase({ template: { sql } })).drop();
  const made = (await templatesWith('NOT datallowconn')).filter(({ name }) => !before.includes(name));
  expect(made).toHaveLength(1);
  await (await createTestDatabase({ template: { sql } })).drop();
  expect(await templatesWith(`datname = '${made[0]?.name}'`)).toHaveLength(1);
});

test('a template that nobody has used for a day is dropped with its roles', async () => {
  const name = `nestarc_template_stale_${process.pid}`;
  await query(ADMIN, `CREATE DATABASE ${name}`);
  await query(ADMIN, `CREATE ROLE ${name}_owner`);
  await query(ADMIN, `COMMENT ON DATABASE ${name} IS '${new Date(Date.now() - 25 * 3_600_000).toISOString()}'`);
  const fresh = `nestarc_template_fresh_${process.pid}`;
  await query(ADMIN, `CREATE DATABASE ${fresh}`);
  await query(ADMIN, `COMMENT ON DATABASE ${fresh} IS '${new Date(Date.now() - 3_600_000).toISOString()}'`);
  await (await createTestDatabase({ template: { sql: `${unique()}${SCHEMA}` } })).drop();
  expect(await templatesWith(`datname = '${name}'`)).toEqual([]);
  expect(await query(ADMIN, `SELECT FROM pg_roles WHERE rolname = '${name}_owner'`)).toEqual([]);
  expect(await templatesWith(`datname = '${fresh}'`)).toHaveLength(1);
  await query(ADMIN, `DROP DATABASE ${fresh}`);
});
