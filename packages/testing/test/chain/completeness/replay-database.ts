import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@nestarc/testing';
import { Client } from 'pg';

/** The tables, and whose a row is. */
const TENANT_OF: Readonly<Record<string, string>> = {
  users: 't.tenant_id',
  posts: 't.tenant_id',
  comments: 't.tenant_id',
  tags: 't.tenant_id',
  _PostToTag: '(SELECT tenant_id FROM posts WHERE id = t."A")',
  carts: 't.tenant_id',
  lines: 't.tenant_id',
};

/** Bytes are recorded by their digest, and replayed as that. */
const IMAGES: Readonly<Record<string, string>> = {
  lines: `to_jsonb(t) || jsonb_build_object('seal', CASE WHEN t.seal IS NOT NULL THEN
    jsonb_build_object('sha256', encode(sha256(t.seal), 'hex'), 'length', length(t.seal)) END)`,
};

/**
 * Applies entries one by one. A row that is changed or removed has to be just as the entry says it was: entries of a row that do
 * not follow from each other are gaps, and found where they are.
 */
const REPLAY = `
CREATE TABLE entries (place int PRIMARY KEY, tenant text, model text, op text, old jsonb, new jsonb, what text);
CREATE FUNCTION replay(wanted text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  e record;
  v_table text;
  v_count int;
BEGIN
  FOR e IN SELECT * FROM entries WHERE tenant = wanted AND op IS NOT NULL ORDER BY place LOOP
    v_table := CASE WHEN e.model = '_PostToTag' THEN e.model ELSE lower(e.model) || 's' END;
    IF e.old IS NOT NULL THEN
      EXECUTE format('DELETE FROM %1$I t WHERE ctid IN (SELECT ctid FROM %1$I t WHERE t = jsonb_populate_record(NULL::%1$I, $1) LIMIT 1)', v_table) USING e.old;
      GET DIAGNOSTICS v_count = ROW_COUNT;
      IF v_count <> 1 THEN RETURN format('%s: there is no such row', e.what); END IF;
    END IF;
    IF e.new IS NOT NULL THEN
      EXECUTE format('INSERT INTO %1$I SELECT * FROM jsonb_populate_record(NULL::%1$I, $1)', v_table) USING e.new;
    ELSIF e.op <> 'delete' THEN
      RETURN format('%s: an entry without an image', e.what);
    END IF;
  END LOOP;
  RETURN NULL;
END $$;`;

/** In which order entries are replayed: transactions by their last entry, and within each by number. */
export const COMMIT_ORDER = 'ended, xid, seq';

/** An empty database of the same tables, without keys, policies and triggers. */
export class ReplayDatabase {
  private constructor(
    private readonly database: TestDatabase,
    private readonly client: Client,
  ) {}

  static async create(): Promise<ReplayDatabase> {
    const sql = readFileSync(join(__dirname, '../shop/schema.sql'), 'utf8');
    const database = await createTestDatabase({ sql: `${sql} ${REPLAY}` });
    const client = new Client({ connectionString: database.adminUrl });
    await client.connect();
    await client.query(`DO $$ DECLARE c record; BEGIN
      FOR c IN SELECT conrelid::regclass AS of_table, conname FROM pg_constraint
                WHERE contype IN ('f', 'p') AND connamespace = 'public'::regnamespace AND conrelid <> 'entries'::regclass
                ORDER BY contype LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.of_table, c.conname);
      END LOOP; END $$;
      DROP INDEX users_tenant_id_email_key;
      ALTER TABLE lines ALTER COLUMN seal TYPE jsonb USING NULL;`);
    return new ReplayDatabase(database, client);
  }

  /**
   * Replays the entries of a tenant, and compares the tables with those they come from.
   *
   * @returns what differs, or where the entries do not follow from each other
   */
  async differences(tenant: string, source: Client): Promise<readonly string[]> {
    await this.client.query(
      `TRUNCATE ${Object.keys(TENANT_OF)
        .map((table) => `"${table}"`)
        .join(', ')}`,
    );
    const { rows } = await this.client.query<{ problem: string | null }>('SELECT replay($1) AS problem', [tenant]);
    const problem = rows[0]?.problem ?? null;
    if (problem !== null) return [problem];
    const found: string[] = [];
    for (const [table, owner] of Object.entries(TENANT_OF)) {
      const select = (image: string, where: string): string =>
        `SELECT (${image})::text AS row FROM "${table}" t WHERE ${where} ORDER BY 1`;
      const actual = await source.query<{ row: string }>(select(IMAGES[table] ?? 'to_jsonb(t)', `${owner} = $1`), [
        tenant,
      ]);
      const replayed = await this.client.query<{ row: string }>(select('to_jsonb(t)', 'true'));
      const [one, other] = [actual.rows.map(({ row }) => row), replayed.rows.map(({ row }) => row)];
      const missing = one.filter((row) => !other.includes(row));
      const extra = other.filter((row) => !one.includes(row));
      if (one.length !== other.length || missing.length > 0 || extra.length > 0) {
        found.push(
          `${table}: ${JSON.stringify({ actual: one.length, replayed: other.length, missing: missing[0], extra: extra[0] })}`,
        );
      }
    }
    return found;
  }

  /** Takes over the entries of an audit table. */
  async load(source: Client, order = COMMIT_ORDER): Promise<void> {
    const { rows } = await source.query<{ entries: string }>(
      `SELECT json_agg(json_build_object('place', place, 'tenant', tenant_id, 'model', target_type, 'op', op, 'old', old, 'new', new,
         'what', format('%s %s of %s (%s, %s)', action, target_id, tenant_id, xid, seq)))::text AS entries
       FROM (SELECT *, row_number() OVER (ORDER BY ${order}) AS place FROM
              (SELECT *, max(created_at) OVER (PARTITION BY xid) AS ended FROM audit_logs WHERE op <> 'truncate') e) e`,
    );
    await this.client.query('TRUNCATE entries');
    await this.client.query(
      `INSERT INTO entries SELECT * FROM json_to_recordset($1::json)
        AS e (place int, tenant text, model text, op text, old jsonb, new jsonb, what text)`,
      [rows[0]?.entries ?? '[]'],
    );
  }

  async close(): Promise<void> {
    await this.client.end();
    await this.database.drop();
  }
}
