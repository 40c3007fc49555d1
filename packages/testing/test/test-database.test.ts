import { createTestDatabase } from '@nestarc/testing';
import { Client } from 'pg';
import { expect, test } from 'vitest';

const SCHEMA = 'CREATE TABLE notes (id serial PRIMARY KEY, body text NOT NULL)';

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<object>(text)).rows;
  } finally {
    await client.end();
  }
}

test('the application role reads and writes what the owner makes, and owns nothing', async () => {
  await using database = await createTestDatabase({ sql: SCHEMA });
  await query(database.appUrl, `INSERT INTO notes (body) VALUES ('a')`);
  expect(await query(database.appUrl, 'SELECT * FROM notes')).toEqual([{ id: 1, body: 'a' }]);
  await expect(query(database.appUrl, 'DROP TABLE notes')).rejects.toThrow('must be owner');
  await expect(query(database.appUrl, 'CREATE TABLE more ()')).rejects.toThrow('permission denied for schema public');
  const role = `SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolcanlogin FROM pg_roles WHERE rolname = current_user`;
  const expected = {
    rolsuper: false,
    rolbypassrls: false,
    rolcreatedb: false,
    rolcreaterole: false,
    rolcanlogin: true,
  };
  expect(await query(database.appUrl, role)).toEqual([expected]);
  expect(await query(database.ownerUrl, role)).toEqual([expected]);
});

test('a copy starts with the rows of its template and goes its own way', async () => {
  await using template = await createTestDatabase({ sql: `${SCHEMA}; INSERT INTO notes (body) VALUES ('a')` });
  await using copy = await createTestDatabase({ template, sql: `INSERT INTO notes (body) VALUES ('b')` });
  expect(await query(copy.appUrl, 'SELECT body FROM notes ORDER BY id')).toEqual([{ body: 'a' }, { body: 'b' }]);
  expect(await query(template.appUrl, 'SELECT body FROM notes')).toEqual([{ body: 'a' }]);
});

test('dropping ends connections and takes the roles along', async () => {
  const database = await createTestDatabase();
  const client = new Client({ connectionString: database.appUrl });
  client.on('error', () => undefined);
  await client.connect();
  await database.drop();
  await database.drop();
  const admin = process.env['NESTARC_TEST_ADMIN_URL'] ?? '';
  const found = `SELECT datname AS name FROM pg_database UNION ALL SELECT rolname FROM pg_roles`;
  const names = (await query(admin, found)) as { name: string }[];
  expect(names.filter(({ name }) => name.startsWith(database.name))).toEqual([]);
  await client.end().catch(() => undefined);
});

test('databases can be made at the same time', async () => {
  const databases = await Promise.all(Array.from({ length: 6 }, () => createTestDatabase({ sql: SCHEMA })));
  expect(new Set(databases.map(({ name }) => name)).size).toBe(6);
  await Promise.all(databases.map((database) => database.drop()));
});
