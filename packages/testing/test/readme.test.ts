import { Body, Controller, Module, Post } from '@nestjs/common';
import { createContext, parseTenantId, runWithContext } from '@nestarc/core';
import { ContextPool } from '@nestarc/postgres';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createTestDatabase,
  expectNoLeaks,
  forEachPlatform,
  isolationSuite,
  requireProgram,
  serveOn,
  startPgBouncer,
  withTenant,
  type TestDatabase,
} from '@nestarc/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const sql = readFileSync(join(__dirname, 'isolation/schema.sql'), 'utf8');

describe('templates', () => {
  // #region template
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase({
      template: { sql },
      sql: "INSERT INTO countries VALUES ('US', 'United States')",
    });
  });
  afterAll(() => database.drop());
  // #endregion template

  it('are cloned', async () => {
    const pool = new ContextPool({ connectionString: database.appUrl });
    const { rows } = await withTenant('acme', () => pool.query('SELECT code FROM countries ORDER BY code'));
    expect(rows).toEqual([{ code: 'KR' }, { code: 'US' }]);
    await pool.end();
  });
});

describe('the suite', () => {
  let database: TestDatabase;
  let pool: ContextPool;
  beforeAll(async () => {
    database = await createTestDatabase({ template: { sql } });
    pool = new ContextPool({ connectionString: database.appUrl });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  // #region suite
  isolationSuite({
    client: () => pool,
    tenants: ['acme', 'umbrella'],
    models: {
      tags: { create: (client) => client.query('INSERT INTO tags DEFAULT VALUES') },
    },
    ignore: ['customers', 'invoices', '_InvoiceToTag'],
    runner: { describe, it },
  });
  // #endregion suite
});

@Controller()
class EchoController {
  @Post()
  echo(@Body() body: object): object {
    return body;
  }
}

@Module({ controllers: [EchoController] })
class AppModule {}

// #region platforms
forEachPlatform(
  (platform) => {
    it('answers', async () => {
      await using served = await serveOn(platform, AppModule);
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(served.url, { method: 'POST', headers, body: '{"a":1}' });
      expect(await response.json()).toEqual({ a: 1 });
    });
  },
  { describe },
);
// #endregion platforms

const as = <T>(tenant: string, work: () => T): T =>
  runWithContext(createContext({ tenantId: parseTenantId(tenant) }), work);

// #region leaks
it('closes what it opens', async () => {
  await using database = await createTestDatabase();
  await expectNoLeaks(
    async () => {
      const pool = new ContextPool({ connectionString: database.appUrl });
      await as('acme', () => pool.query('SELECT 1'));
      await pool.end();
    },
    { database },
  );
});
// #endregion leaks

// #region pgbouncer
it.runIf(requireProgram('pgbouncer'))('works behind PgBouncer', async () => {
  await using database = await createTestDatabase();
  await using bouncer = await startPgBouncer({ url: database.appUrl, poolMode: 'transaction', poolSize: 2 });
  const pool = new ContextPool({ connectionString: bouncer.url });
  const { rows } = await as('acme', () => pool.query("SELECT current_setting('app.current_tenant') AS tenant"));
  expect(rows).toEqual([{ tenant: 'acme' }]);
  expect(await bouncer.show('SERVERS')).not.toHaveLength(0);
  await pool.end();
});
// #endregion pgbouncer
