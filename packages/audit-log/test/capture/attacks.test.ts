import { randomUUID } from 'node:crypto';
import type { TestDatabase } from '@nestarc/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asOwner, createAuditedDatabase, entriesOf, mark, withSession } from '../fixture/database';

/** A schema in which the application's role may make what it likes, as some databases have it. */
const PLAYGROUND = 'CREATE SCHEMA playground;';

let database: TestDatabase;
beforeAll(async () => {
  database = await createAuditedDatabase({}, PLAYGROUND);
  const app = decodeURIComponent(new URL(database.appUrl).username);
  await asOwner(database, `GRANT ALL ON SCHEMA playground TO "${app}"`);
});
afterAll(() => database.drop());

/** A session of the application's role, for tenant a. */
const asApp = (work: (sql: (text: string) => Promise<unknown>) => Promise<void>): Promise<void> =>
  withSession(database.appUrl, async (client) => {
    await client.query(`SELECT set_config('app.current_tenant', 'a', false)`);
    await work((text) => client.query(text));
  });

describe('who has the SQL access of the application', () => {
  it('cannot put functions and operators of their own in the place of those that capture calls', async () => {
    const since = await mark(database);
    await asApp(async (sql) => {
      await sql(`CREATE TABLE playground.stolen (what text)`);
      await sql(`CREATE FUNCTION playground.steal(anyelement) RETURNS jsonb LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO playground.stolen VALUES (current_user); RETURN '{}'; END $$`);
      await sql(
        `CREATE FUNCTION playground.to_jsonb(anyelement) RETURNS jsonb LANGUAGE sql AS 'SELECT playground.steal($1)'`,
      );
      await sql(
        `CREATE FUNCTION playground.current_setting(text, boolean) RETURNS text LANGUAGE sql AS $$ SELECT 'b' $$`,
      );
      await sql(`CREATE FUNCTION playground.nextval(regclass) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'`);
      await sql(
        `CREATE FUNCTION playground.glue(text, text) RETURNS text LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO playground.stolen VALUES (current_user); RETURN 'x'; END $$`,
      );
      await sql(`CREATE OPERATOR playground.|| (LEFTARG = text, RIGHTARG = text, FUNCTION = playground.glue)`);
      await sql(`CREATE TEMPORARY TABLE audit_logs (LIKE public.audit_logs)`);
      await sql(`CREATE TEMPORARY TABLE new_rows (id uuid)`);
      await sql(`SET search_path = playground, pg_temp, pg_catalog, public`);
      await sql(`INSERT INTO public.users (email) VALUES ('${randomUUID()}')`);
      await sql(`UPDATE public.users SET visits = visits + 1`);
    });
    const entries = await since.entries();
    expect(entries.map(({ op, tenant_id: tenant }) => [op, tenant])).toEqual([
      ['insert', 'a'],
      ['update', 'a'],
    ]);
    expect(entries[1]?.new).toMatchObject({ visits: 1 });
    const stolen = await withSession(database.adminUrl, (client) => client.query('SELECT * FROM playground.stolen'));
    expect(stolen.rows).toEqual([]);
  });

  it('cannot have capture record what did not happen, on a table of their own', async () => {
    await asApp(async (sql) => {
      await sql(`CREATE TEMPORARY TABLE fake (LIKE public.users)`);
      for (const name of ['audit_logs_capture_users', 'audit_logs_order', 'audit_logs_block_mutation']) {
        const attempt = sql(
          `CREATE TRIGGER t AFTER INSERT ON fake REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ${name}()`,
        );
        await expect(attempt).rejects.toMatchObject({ code: '42501' });
      }
    });
  });

  it('cannot switch capture off', async () => {
    await asApp(async (sql) => {
      for (const attempt of [
        'ALTER TABLE users DISABLE TRIGGER ALL',
        'DROP TRIGGER "!audit_logs_insert" ON users',
        'SET session_replication_role = replica',
        'CREATE OR REPLACE FUNCTION audit_logs_capture_users() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$',
        `COMMENT ON FUNCTION audit_logs_capture_users() IS ''`,
        `SELECT nextval('audit_logs_seq_seq')`,
        `SELECT audit_logs_seal_partition('audit_logs'::regclass)`,
        'TRUNCATE users',
      ]) {
        await expect(sql(attempt), attempt).rejects.toMatchObject({ code: '42501' });
      }
    });
  });

  it('cannot delete entries by saying that they prune', async () => {
    await asApp(async (sql) => {
      await sql(`SET nestarc_audit.pruning = 'public.audit_logs'`);
      await expect(sql('DELETE FROM audit_logs')).rejects.toMatchObject({ code: '42501' });
    });
  });

  it('cannot have their rows recorded for another tenant, nor put entries in the name of one', async () => {
    const since = await mark(database);
    await asApp(async (sql) => {
      const forged = `INSERT INTO users (tenant_id, email) VALUES ('b', '${randomUUID()}')`;
      await expect(sql(forged)).rejects.toMatchObject({ code: '42501' });
      await expect(sql(`INSERT INTO audit_logs (tenant_id, action) VALUES ('b', 'x')`)).rejects.toMatchObject({
        code: '42501',
      });
      await sql(`SET app.audit_context = '{"tenant_id": "b", "metadata": {"tenant_id": "b"}}'`);
      await sql(`INSERT INTO users (email) VALUES ('${randomUUID()}')`);
    });
    expect((await since.entries()).map(({ tenant_id: tenant }) => tenant)).toEqual(['a']);
  });

  it.each(['0', '-5', '9007199254740993'])(
    'moves at most the entries of their own transaction by tampering with the order, and never to %s',
    async (forged) => {
      const since = await mark(database);
      await asApp(async (sql) => {
        const slot = `'nestarc_audit.o1_' || 'users'::regclass::oid || '_INSERT'`;
        await sql(`INSERT INTO users (email) VALUES (gen_random_uuid() || set_config(${slot}, '${forged}', true))`);
        await sql(`INSERT INTO users (email) VALUES ('${randomUUID()}')`);
      });
      const [last] = await asOwner(database, 'SELECT last_value::text AS drawn FROM audit_logs_seq_seq');
      const drawn = BigInt((last as { drawn: string }).drawn);
      const numbers = (await since.entries()).map(({ seq }) => BigInt(seq) >> 20n);
      expect(numbers).toHaveLength(2);
      expect(numbers.filter((number) => number <= 0n || number > drawn)).toEqual([]);
    },
  );

  it('does not see in a partition what row-level security hides in the table', async () => {
    const [{ name } = { name: '' }] = (await asOwner(
      database,
      'SELECT DISTINCT tableoid::regclass::text AS name FROM audit_logs',
    )) as { name: string }[];
    await asApp(async (sql) => {
      await expect(sql(`SELECT * FROM ${name}`)).rejects.toMatchObject({ code: '42501' });
    });
    expect((await entriesOf(database)).length).toBeGreaterThan(0);
  });
});
