import { provisionDatabase } from '@nestarc/postgres/embedded';
import { afterAll, expect, test } from 'vitest';
import { query } from './fixture/query';

const adminUrl = process.env['NESTARC_TEST_ADMIN_URL'] ?? '';
const suffix = `${process.pid}_${Date.now()}`;
// Names that only survive when they are quoted.
const names = { database: `Odd "db" ${suffix}`, owner: `own'er ${suffix}`, app: `A-p@p/${suffix}` };
const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

afterAll(async () => {
  await query(adminUrl, `DROP DATABASE IF EXISTS ${quote(names.database)} WITH (FORCE)`);
  for (const role of [names.owner, names.app]) await query(adminUrl, `DROP ROLE IF EXISTS ${quote(role)}`);
});

test('makes a database whose application role may use what the owner makes, and no more', async () => {
  const { url, migrationUrl } = await provisionDatabase({ adminUrl, ...names });
  await query(migrationUrl, 'CREATE TABLE notes (id serial PRIMARY KEY, body text)');
  await query(url, `INSERT INTO notes (body) VALUES ('a')`);
  expect(await query(url, 'UPDATE notes SET body = body RETURNING *')).toEqual([{ id: 1, body: 'a' }]);
  await query(url, 'DELETE FROM notes');
  for (const forbidden of ['TRUNCATE notes', 'DROP TABLE notes', 'CREATE TABLE mine ()', 'CREATE SCHEMA mine']) {
    await expect(query(url, forbidden), forbidden).rejects.toThrow(/permission denied|must be owner/);
  }
  const owned = `SELECT count(*)::int AS owned FROM pg_class JOIN pg_roles ON relowner = pg_roles.oid
    WHERE rolname = current_user`;
  expect(await query(url, owned)).toEqual([{ owned: 0 }]);
});

test('is safe to repeat, also at the same time, and keeps the passwords', async () => {
  const first = await provisionDatabase({ adminUrl, ...names });
  const again = await Promise.all(Array.from({ length: 8 }, () => provisionDatabase({ adminUrl, ...names })));
  for (const next of again) expect(next).toEqual(first);
  expect(await query(first.url, 'SELECT current_user AS name')).toEqual([{ name: names.app }]);
});

test('takes back powers the roles have gained', async () => {
  const { url } = await provisionDatabase({ adminUrl, ...names });
  await query(adminUrl, `ALTER ROLE ${quote(names.app)} SUPERUSER BYPASSRLS CREATEROLE CREATEDB`);
  await query(adminUrl, `GRANT ${quote(names.owner)} TO ${quote(names.app)}`);
  await provisionDatabase({ adminUrl, ...names });
  const powers = `SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb AS some,
    pg_has_role(current_user, '${names.owner.replaceAll("'", "''")}', 'MEMBER') AS owner FROM pg_roles WHERE rolname = current_user`;
  expect(await query(url, powers)).toEqual([{ some: false, owner: false }]);
});

test('roles have passwords that tell nothing about each other', async () => {
  const { url, migrationUrl } = await provisionDatabase({ adminUrl, ...names });
  const [app, owner] = [url, migrationUrl].map((text) => new URL(text).password);
  expect(app).toMatch(/^[\w-]{43}$/);
  expect(app).not.toBe(owner);
});
