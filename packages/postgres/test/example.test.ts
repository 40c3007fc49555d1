import { createTestDatabase } from '@nestarc/testing';
import { expect, it } from 'vitest';
// #region example
import { createContext, parseTenantId, runWithContext } from '@nestarc/core';
import { ContextPool, sql } from '@nestarc/postgres';

export async function countNotes(connectionString: string, tenant: string): Promise<number> {
  const pool = new ContextPool({ connectionString, max: 10 });
  const context = createContext({ tenantId: parseTenantId(tenant) });
  try {
    return await runWithContext(context, async () => {
      const { text, values } = sql`INSERT INTO notes (body) VALUES (${'hello'})`;
      await pool.query(text, [...values]);
      // No WHERE: the policy of the table reads the tenant that came with the statement.
      const { rows } = await pool.query<{ count: number }>('SELECT count(*)::int AS count FROM notes');
      return rows[0]?.count ?? 0;
    });
  } finally {
    await pool.end();
  }
}
// #endregion example

const SCHEMA = `
-- #region schema
CREATE TABLE notes (
  body text NOT NULL,
  tenant_id text NOT NULL DEFAULT NULLIF(current_setting('app.current_tenant', true), '')
);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON notes
  USING (tenant_id = NULLIF(current_setting('app.current_tenant', true), ''));
-- #endregion schema
`;

it('counts the notes of the tenant only', async () => {
  await using database = await createTestDatabase({ sql: SCHEMA });
  expect(await countNotes(database.appUrl, 'acme')).toBe(1);
  expect(await countNotes(database.appUrl, 'umbrella')).toBe(1);
  expect(await countNotes(database.appUrl, 'acme')).toBe(2);
});
