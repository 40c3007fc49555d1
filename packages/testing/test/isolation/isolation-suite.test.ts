import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ContextPool } from '@nestarc/postgres';
import {
  createTestDatabase,
  isolationCases,
  isolationSuite,
  TestRunnerMissingError,
  type IsolationSuiteOptions,
  type TestDatabase,
} from '@nestarc/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const template = { sql: readFileSync(join(__dirname, 'schema.sql'), 'utf8') };
const A = 'acme';
const B = 'umbrella';

/** Anything that `query` can be called on: the pool, or the client of a transaction. */
type Queryable = Pick<ContextPool, 'query'>;

async function createCustomer(client: Queryable): Promise<number> {
  const text = 'INSERT INTO customers (email) VALUES ($1) RETURNING id';
  const { rows } = await client.query<{ id: number }>(text, [`${process.hrtime.bigint()}@example.com`]);
  return rows[0]?.id ?? 0;
}

const suiteOn = (pool: ContextPool): IsolationSuiteOptions<ContextPool> => ({
  client: () => pool,
  tenants: [A, B],
  models: {
    customers: { create: createCustomer },
    invoices: {
      create: async (client) => {
        const customer = await createCustomer(client);
        await client.query(`INSERT INTO invoices (customer_id, country_code) VALUES ($1, 'KR')`, [customer]);
      },
    },
    tags: { create: (client) => client.query('INSERT INTO tags DEFAULT VALUES') },
  },
  shared: ['countries'],
});

async function asOwner(database: TestDatabase, sql: string): Promise<void> {
  const client = new Client({ connectionString: database.adminUrl });
  await client.connect();
  await client.query(sql.replaceAll('app_user', new URL(database.appUrl).username));
  await client.end();
}

const READ_ONLY = 'REVOKE INSERT, UPDATE, DELETE ON countries FROM app_user;';

describe('on a schema that isolates its tenants', () => {
  let database: TestDatabase;
  let pool: ContextPool;

  beforeAll(async () => {
    database = await createTestDatabase({ template });
    await asOwner(database, READ_ONLY);
    pool = new ContextPool({ connectionString: database.appUrl, max: 3 });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  isolationSuite({
    ...suiteOn(undefined as never),
    client: () => pool,
    name: 'every case passes',
    runner: { describe, it },
  });
});

describe('on a schema that does not', () => {
  const insert = 'customers: a row of another tenant cannot be inserted';
  const move = 'customers: a row cannot be moved to another tenant';
  const reads = 'customers: a tenant reads exactly its own rows';
  const key = 'customers: another tenant’s row is not reached by its key';
  const update = 'customers: an update of all rows stops at the tenant';
  const own = `tenant_id = current_setting('app.current_tenant', true)`;

  const defects: readonly (readonly [string, string, Readonly<Record<string, RegExp>>])[] = [
    [
      'a table without row-level security',
      'ALTER TABLE customers DISABLE ROW LEVEL SECURITY',
      {
        [reads]: /SELECT from customers as acme shows \d+ of \d+ rows that belong to umbrella/,
        'customers: interleaved reads of two tenants stay apart': /among others as acme shows/,
        'customers: look-ups by key of one tick stay apart': /100 of 100 look-ups .* found another tenant's row/,
        [key]: /SELECT by primary key as acme finds a row of umbrella in customers/,
        [update]: /UPDATE of customers without WHERE as acme is stopped by no policy/,
        [insert]: /INSERT into customers as acme of a row of umbrella succeeds/,
        [move]: /UPDATE of customers as acme that moves rows to umbrella/,
        'work without a tenant sees no tenant’s rows': /work without a tenant sees \d+ rows of customers/,
        'transactions stay with their tenant, and leave nothing when they are rolled back':
          /a transaction of \w+ sees \d+ rows of others/,
      },
    ],
    [
      'a policy of USING (true)',
      'ALTER POLICY tenant_isolation ON tags USING (true)',
      {
        'tags: a tenant reads exactly its own rows':
          /SELECT from tags as acme shows 2 of 4 rows that belong to umbrella/,
        'tags: an update of all rows stops at the tenant': /UPDATE of tags without WHERE as acme changes \d+ rows/,
        'tags: a row of another tenant cannot be inserted': /has no WITH CHECK, or one that lets it pass/,
      },
    ],
    [
      'a policy whose WITH CHECK lets everything pass',
      `ALTER POLICY tenant_isolation ON customers USING (${own}) WITH CHECK (true)`,
      {
        [insert]: /INSERT into customers as acme of a row of umbrella succeeds/,
        [move]: /moves rows to umbrella succeeds|moves rows to umbrella is not refused by the policy/,
      },
    ],
    [
      'a policy that lets everything pass where only a foreign key stands in the way',
      `ALTER POLICY tenant_isolation ON invoices USING (${own}) WITH CHECK (true)`,
      {
        'invoices: a row of another tenant cannot be inserted': /whose WITH CHECK lets it pass, only by something else/,
        'invoices: a row cannot be moved to another tenant': /whose WITH CHECK lets it pass, only by something else/,
      },
    ],
    [
      'a policy for reading that an UPDATE without WHERE does not need',
      `DROP POLICY tenant_isolation ON tags;
       CREATE POLICY reading ON tags FOR SELECT USING (${own});
       CREATE POLICY adding ON tags FOR INSERT WITH CHECK (${own});
       CREATE POLICY changing ON tags FOR UPDATE USING (true) WITH CHECK (${own});
       CREATE POLICY removing ON tags FOR DELETE USING (true)`,
      {
        'tags: an update of all rows stops at the tenant':
          /UPDATE of tags without WHERE as acme changes \d+ rows, of which 2/,
        'a delete of all rows stops at the tenant':
          /DELETE from tags without WHERE as acme reaches \d+ rows, of which 2/,
      },
    ],
    [
      'a foreign key without the tenant',
      `ALTER TABLE customers ADD UNIQUE (id);
       ALTER TABLE invoices DROP CONSTRAINT invoices_tenant_id_customer_id_fkey;
       ALTER TABLE invoices ADD FOREIGN KEY (customer_id) REFERENCES customers (id)`,
      {
        'invoices: a row cannot refer to another tenant’s row':
          /a row of invoices can refer as acme to a row of umbrella in customers: .* \(customer_id\) must include tenant_id/,
      },
    ],
    [
      'links without row-level security',
      'ALTER TABLE "_InvoiceToTag" DISABLE ROW LEVEL SECURITY',
      {
        'tables that link rows of tenants are protected like them':
          /acme sees the links of umbrella in "_InvoiceToTag"/,
      },
    ],
    [
      'links that may lead to another tenant',
      `ALTER POLICY tenant_isolation ON "_InvoiceToTag" USING (EXISTS (SELECT FROM invoices i WHERE i.id = "A"))`,
      { 'tables that link rows of tenants are protected like them': /acme can link its row to a row of umbrella/ },
    ],
    [
      'a shared table that tenants may change',
      'GRANT UPDATE ON countries TO app_user',
      { 'shared tables are read-only': /a tenant may UPDATE the shared table countries/ },
    ],
    [
      'a shared table that tenants may add to',
      'GRANT INSERT ON countries TO app_user',
      { 'shared tables are read-only': /a tenant may INSERT the shared table countries/ },
    ],
    [
      'a table that the role may truncate',
      'GRANT TRUNCATE ON tags TO app_user',
      { 'no table can be truncated': /the role may TRUNCATE tags/ },
    ],
    [
      'a table of tenants that nobody described',
      'CREATE TABLE forgotten (tenant_id text); CREATE TABLE comments (tag_id integer REFERENCES tags, body text)',
      {
        'no table of tenants is left out':
          /nothing is said about forgotten, comments, which hold or refer to rows of tenants/,
      },
    ],
    [
      'a role with BYPASSRLS',
      'ALTER ROLE app_user BYPASSRLS',
      {
        'the database role does not stand above row-level security': /has BYPASSRLS/,
        [reads]: /SELECT from customers as acme shows \d+ of \d+ rows that belong to umbrella/,
      },
    ],
  ];

  it.each(defects)('%s is found, and said', async (_defect, sql, expected) => {
    // Roles are changed: not those of the template.
    await using database = await createTestDatabase(template);
    await asOwner(database, `${READ_ONLY} ${sql}`);
    const pool = new ContextPool({ connectionString: database.appUrl, max: 3 });
    const failures = await failuresOf(suiteOn(pool));
    await pool.end();
    const said = Object.entries(expected).map(([name, message]) => [name, expect.stringMatching(message) as unknown]);
    expect(Object.fromEntries(failures)).toMatchObject(Object.fromEntries(said) as object);
  });

  it('a superuser is found, and said', async () => {
    await using database = await createTestDatabase({ template });
    const pool = new ContextPool({ connectionString: database.adminUrl, max: 3 });
    const failures = await failuresOf(suiteOn(pool));
    await pool.end();
    expect(failures.get('the database role does not stand above row-level security')).toMatch(/is a superuser/);
    expect(failures.get(reads)).toMatch(/rows that belong to umbrella/);
    expect(failures.get('shared tables are read-only')).toMatch(/a tenant may UPDATE the shared table countries/);
  });

  it('a connection that keeps the tenant is found, and said', async () => {
    await using database = await createTestDatabase({ template });
    await asOwner(database, READ_ONLY);
    const pool = new ContextPool({ connectionString: database.appUrl, max: 1 });
    pool.on('connect', (client) => void client.query(`SELECT set_config('app.current_tenant', 'acme', false)`));
    const cases = isolationCases(suiteOn(pool));
    const last = cases.find(({ name }) => name === 'no connection keeps the tenant');
    await expect(last?.run()).rejects.toThrow(
      '1 of 1 connections of the pool went back with app.current_tenant set to acme',
    );
    await pool.end();
  });
});

describe('what proves nothing does not pass', () => {
  let database: TestDatabase;
  let pool: ContextPool;
  beforeAll(async () => {
    database = await createTestDatabase({ template });
    pool = new ContextPool({ connectionString: database.appUrl, max: 3 });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  it.each([
    [
      'a table that is not there',
      { models: { nothing: { create: () => Promise.resolve() } } },
      'no table for "nothing"',
    ],
    [
      'a create() that creates nothing',
      { models: { tags: { create: () => Promise.resolve() } } },
      'left 0 rows of acme in tags, not 2',
    ],
    [
      'a create() that fails',
      { models: { tags: { create: () => Promise.reject(new Error('no')) } } },
      'create() of tags failed as acme: no',
    ],
    [
      'a table without a tenant',
      { models: { countries: { create: () => Promise.resolve() } } },
      'countries of countries has no column tenant_id',
    ],
    ['no models', { models: {} }, 'no models are described'],
  ])('%s', async (_what, options, message) => {
    const cases = isolationCases({ ...suiteOn(pool), ...options });
    expect(cases.length).toBeGreaterThan(5);
    for (const { run } of cases) {
      await expect(run()).rejects.toMatchObject({ code: 'TENANT_ISOLATION_UNPROVEN' });
      await expect(run()).rejects.toThrow(message);
    }
  });

  it('a client of another kind, and no test runner', async () => {
    const cases = isolationCases({ ...suiteOn(pool), client: () => ({}) as ContextPool });
    await expect(cases[0]?.run()).rejects.toMatchObject({ code: 'CLIENT_UNKNOWN' });
    expect(() => isolationSuite(suiteOn(pool))).toThrow(TestRunnerMissingError);
  });
});

async function failuresOf(options: IsolationSuiteOptions<ContextPool>): Promise<ReadonlyMap<string, string>> {
  const failures = new Map<string, string>();
  for (const { name, run } of isolationCases(options)) {
    await run().catch((error: Error) => failures.set(name, error.message));
  }
  return failures;
}
