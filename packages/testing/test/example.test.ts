// #region example
import { createContext, parseTenantId, runWithContext } from '@nestarc/core';
import { ContextPool } from '@nestarc/postgres';
import { countRoundTrips, createTestDatabase } from '@nestarc/testing';
import { expect, test } from 'vitest';

const schema = `
  CREATE TABLE notes (
    body text NOT NULL,
    tenant_id text NOT NULL DEFAULT NULLIF(current_setting('app.current_tenant', true), '')
  );
  ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
  ALTER TABLE notes FORCE ROW LEVEL SECURITY;
  CREATE POLICY tenant_isolation ON notes
    USING (tenant_id = NULLIF(current_setting('app.current_tenant', true), ''));
`;

const as = <T>(tenant: string, work: () => T): T =>
  runWithContext(createContext({ tenantId: parseTenantId(tenant) }), work);

test('a tenant sees its own notes, at one round trip a statement', async () => {
  await using database = await createTestDatabase({ sql: schema });
  await using counter = await countRoundTrips(database.appUrl);
  const pool = new ContextPool({ connectionString: counter.url, max: 1 });

  await as('acme', () => pool.query('INSERT INTO notes (body) VALUES ($1)', ['hello']));
  counter.reset();
  const own = await as('acme', () => pool.query('SELECT body FROM notes'));
  const foreign = await as('umbrella', () => pool.query('SELECT body FROM notes'));

  expect(own.rows).toEqual([{ body: 'hello' }]);
  expect(foreign.rows).toEqual([]);
  expect(counter.count).toBe(2);
  await pool.end();
});
// #endregion example
