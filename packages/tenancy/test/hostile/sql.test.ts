import { PLATFORMS } from '@nestarc/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { A, B } from '../fixture/isolation-fixture';
import { DATA_OF_B, HostileRange, isServedAsA, type RangeApp } from './hostile-range';

let range: HostileRange;
beforeAll(async () => {
  range = await HostileRange.create();
});
afterAll(() => range.close());

/** Columns in the order in which the search selects them. */
const COLUMNS = 'id::text, tenant_id::text, email';

/** What makes an application's own statement another one. All of them are one statement, and so are run. */
const INJECTIONS = [
  `' UNION SELECT ${COLUMNS} FROM customers --`,
  `' UNION ALL SELECT ${COLUMNS} FROM public.customers --`,
  "' OR '1'='1",
  "' OR TRUE --",
  `' OR tenant_id = '${B}' --`,
  `' UNION SELECT ${COLUMNS} FROM customers WHERE tenant_id = '${B}' --`,
  `' UNION SELECT id::text, tenant_id::text, amount::text FROM invoices --`,
  `' UNION SELECT id::text, tenant_id::text, name FROM tags --`,
  `' UNION SELECT ${COLUMNS} FROM (TABLE customers) AS c --`,
  `' UNION SELECT a.id::text, a.tenant_id::text, b.email FROM customers a CROSS JOIN customers b --`,
  `' UNION SELECT c.id::text, c.tenant_id::text, c.email FROM customers c TABLESAMPLE SYSTEM (100) --`,
  `' UNION SELECT '1', '2', query_to_xml('SELECT * FROM customers', true, true, '')::text --`,
  `' UNION SELECT '1', '2', table_to_xml('customers', true, true, '')::text --`,
  `' UNION SELECT '1', '2', most_common_vals::text FROM pg_stats WHERE tablename = 'customers' --`,
  `' AND 1 = (SELECT count(*) FROM customers WHERE email = 'b1@example.com') --`,
];

const UNSUPPORTED = { statusCode: 500, code: 'STATEMENT_UNSUPPORTED', message: 'Internal Server Error' };
const FORBIDDEN = { statusCode: 403, code: 'INSUFFICIENT_PRIVILEGE', message: 'The database role may not do this' };

/** Several statements in one, and what the role may not do. */
const REFUSED: readonly (readonly [q: string, body: { readonly statusCode: number }])[] = [
  [`'; DROP TABLE customers; --`, UNSUPPORTED],
  [`'; DELETE FROM customers; --`, UNSUPPORTED],
  [`'; SET row_security = off; --`, UNSUPPORTED],
  [`'; RESET app.current_tenant; SELECT ${COLUMNS} FROM customers --`, UNSUPPORTED],
  [`' UNION SELECT '1', '2', pg_read_file('/etc/passwd') --`, FORBIDDEN],
  [`' UNION SELECT '1', '2', lo_import('/etc/passwd')::text --`, FORBIDDEN],
  [`' UNION SELECT usename, passwd, '3' FROM pg_shadow --`, FORBIDDEN],
];

describe.each(PLATFORMS)('a search on %s that puts its parameter into SQL', (platform) => {
  let app: RangeApp;
  beforeAll(async () => {
    await range.fixture.asAdmin('ANALYZE customers');
    app = await range.serve(platform, { tenantExtractor: 'X-Tenant-Id' });
  });
  afterAll(() => app.close());

  const search = (q: string): ReturnType<HostileRange['send']> =>
    range.send(app, { target: `/search?q=${encodeURIComponent(q)}`, headers: [`X-Tenant-Id: ${A}`] });

  it('finds rows of its own', async () => {
    expect((await search('example.com')).body).toContain('a2@example.com');
  });

  it.each(INJECTIONS)('gives at most its own tenant’s rows to %j', async (q) => {
    const { status, body, statements } = await search(q);
    expect(status).toBe(200);
    expect(statements).toBeGreaterThan(0);
    for (const secret of DATA_OF_B) expect(body).not.toContain(secret);
    const rows = JSON.parse(body) as { tenantId: string }[];
    expect(rows.filter(({ tenantId }) => tenantId === B)).toEqual([]);
  });

  it.each(REFUSED)('refuses %j, tells nothing, and leaves everything as it is', async (q, expected) => {
    const before = await range.everything();
    const { status, body } = await search(q);
    expect({ status, body: JSON.parse(body) as unknown }).toEqual({ status: expected.statusCode, body: expected });
    expect(await range.everything()).toEqual(before);
    expect(isServedAsA(await range.send(app, { headers: [`X-Tenant-Id: ${A}`] }))).toBe(true);
  });
});
