import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { PLATFORMS, type ServedApp, serveOn } from '@nestarc/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TenancyModule } from '../src';
import { A, B, IsolationFixture } from './fixture/isolation-fixture';
import { DIRECT_POOL } from './fixture/database-path';
import { appModule, byHeader } from './http-fixture';

interface Listing {
  readonly tenantId: string;
  readonly rows: readonly { readonly tenantId: string; readonly email: string }[];
}

let fixture: IsolationFixture;
beforeAll(async () => {
  fixture = await IsolationFixture.create(DIRECT_POOL);
});
afterAll(() => fixture.close());

describe.each(PLATFORMS)('requests on %s', (platform) => {
  let app: ServedApp;

  beforeAll(async () => {
    app = await serveOn(platform, appModule(TenancyModule.forRoot(byHeader), fixture.database.appUrl));
  });
  beforeEach(() => fixture.seed());
  afterAll(() => app.close());

  const get = (path: string, tenantId?: string): Promise<Response> =>
    fetch(`${app.url}${path}`, { headers: tenantId === undefined ? {} : { 'x-tenant-id': tenantId } });
  const post = (tenantId: string, body: object): Promise<Response> =>
    fetch(`${app.url}/customers`, {
      method: 'POST',
      headers: { 'x-tenant-id': tenantId, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  it('serve the tenant of the header', async () => {
    const listing = (await (await get('/customers', A)).json()) as Listing;
    expect(listing.tenantId).toBe(A);
    expect(listing.rows).toHaveLength(2);
  });

  it('fold the id to its canonical form', async () => {
    const listing = (await (await get('/customers', A.toUpperCase())).json()) as Listing;
    expect(listing).toMatchObject({ tenantId: A });
    expect(listing.rows).toHaveLength(2);
  });

  it('keep the tenant through the parsing of a large body', async () => {
    const response = await post(A, { email: 'new@example.com', padding: 'x'.repeat(90_000) });
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({ tenantId: A, email: 'new@example.com' });
  });

  it('are refused without a tenant', async () => {
    const response = await get('/customers');
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({
      statusCode: 403,
      code: 'TENANT_REQUIRED',
      message: 'Tenant ID is required',
    });
    expect((await get('/customers', '')).status).toBe(403);
  });

  it.each([
    "' OR '1'='1",
    "x'); DROP TABLE customers;--",
    '../b',
    '%00',
    `${A}, ${B}`,
    'a'.repeat(64),
    '-leading',
    'caf\u00e9',
    'a b',
  ])('are refused with the malformed id %j', async (id) => {
    const response = await get('/customers', id);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      statusCode: 400,
      code: 'TENANT_ID_INVALID',
      message: 'Invalid tenant ID format',
    });
  });

  it('are refused when the header comes twice', async () => {
    const answer = await rawRequest(app.url, `X-Tenant-Id: ${A}\r\nX-Tenant-Id: ${B}\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('that write for another tenant get 403, and nothing is written', async () => {
    const response = await post(A, { email: 'x@example.com', tenantId: B });
    expect(response.status).toBe(403);
    const body = await response.text();
    expect(JSON.parse(body)).toMatchObject({ code: 'CROSS_TENANT_WRITE' });
    expect(body).not.toContain(B);
    expect(await fixture.asAdmin("SELECT 1 FROM customers WHERE email = 'x@example.com'")).toEqual([]);
  });

  it('to a bypassed route need no tenant, may run raw SQL, and see no tenant’s rows', async () => {
    for (const tenantId of [undefined, A, 'not an id!']) {
      const response = await get('/health', tenantId);
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ status: 'ok', tenantId: null, visible: 0 });
    }
  });

  it('to an unknown URL are not found, whatever the header says', async () => {
    expect((await get('/nowhere')).status).toBe(404);
    expect((await get('/nowhere', 'not an id!')).status).toBe(404);
  });

  it('of twelve tenants, 500 at once with aborted ones between, never mix', async () => {
    const tenants = Array.from({ length: 12 }, () => randomUUID());
    for (const [index, tenantId] of tenants.entries()) {
      await fixture.asAdmin(
        `INSERT INTO customers (id, tenant_id, email)
         SELECT gen_random_uuid(), $1, n || '@example.com' FROM generate_series(1, $2::int) n`,
        [tenantId, index + 1],
      );
    }
    const request = async (run: number): Promise<string> => {
      const index = run % tenants.length;
      const tenantId = tenants[index] ?? '';
      const aborted = run % 5 === 4;
      const signal = aborted ? AbortSignal.timeout(run % 7) : null;
      try {
        const response = await fetch(`${app.url}/customers`, { headers: { 'x-tenant-id': tenantId }, signal });
        const { rows } = (await response.json()) as Listing;
        const right = rows.length === index + 1 && rows.every((row) => row.tenantId === tenantId);
        return response.status === 200 && right ? 'right' : `wrong: ${response.status}, ${rows.length} rows`;
      } catch (error) {
        return aborted ? 'aborted' : `failed: ${String(error)}`;
      }
    };
    const outcomes = await Promise.all(Array.from({ length: 500 }, (_, run) => request(run)));
    expect(outcomes.filter((outcome) => outcome !== 'right' && outcome !== 'aborted')).toEqual([]);
    expect(outcomes.filter((outcome) => outcome === 'right').length).toBeGreaterThanOrEqual(400);
  }, 60_000);
});

/** `fetch` folds repeated headers into one; a hostile client does not. */
async function rawRequest(url: string, headers: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.end(`GET /customers HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n${headers}\r\n`);
    });
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}
