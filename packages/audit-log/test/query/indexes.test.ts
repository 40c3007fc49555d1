import type { TestDatabase } from '@nestarc/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asOwner, createAuditedDatabase, withSession } from '../fixture/database';

let database: TestDatabase;
beforeAll(async () => {
  database = await createAuditedDatabase({ trackedModels: ['User'], searchIndexes: true });
  // As a bulk import leaves it: all of it is of one transaction.
  await asOwner(
    database,
    `INSERT INTO audit_logs (tenant_id, actor_id, action, target_type, target_id, request_id)
     SELECT 't' || n % 50, 'u' || n % 400, 'Model' || n % 200 || '.updated', 'User', n / 4, 'r' || n / 3 FROM generate_series(1, 20000) n;
     ANALYZE audit_logs`,
  );
});
afterAll(() => database.drop());

const BOUNDS = `(e.xid, e.seq) > ((SELECT xid FROM audit_logs LIMIT 1), (SELECT 9000000000::bigint)) ORDER BY e.xid, e.seq LIMIT 501`;

describe('an index serves', () => {
  it.each([
    [
      'the newest of a tenant',
      `e.tenant_id = 't1' ORDER BY e.created_at DESC, e.id DESC LIMIT 51`,
      '(tenant_id_)?created_at_idx',
    ],
    ['the export of a tenant', `e.tenant_id = 't1' AND ${BOUNDS}`, 'tenant_id_xid_seq_idx'],
    [
      'the history of a row',
      `e.tenant_id = 't28' AND e.target_type = 'User' AND e.target_id = '7'`,
      'target_id_target_type_idx',
    ],
    ['a request', `e.tenant_id = 't1' AND e.request_id = 'r7'`, 'request_id_idx'],
    [
      'an actor',
      `e.tenant_id = 't1' AND e.actor_id = 'u7' ORDER BY e.created_at DESC LIMIT 51`,
      'actor_id_created_at_idx',
    ],
    [
      'actions that begin alike, behind row-level security',
      `e.tenant_id = 't1' AND e.action ~>=~ 'Model7.' AND e.action ~<=~ ('Model7.' || chr(1114111)) AND e.action LIKE 'Model7.%'`,
      'action_created_at_idx',
    ],
  ])('%s', async (_what, where, index) => {
    await withSession(database.appUrl, async (client) => {
      await client.query(`SET app.current_tenant = 't1'`);
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN SELECT * FROM audit_logs e WHERE ${where}`,
      );
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).toMatch(new RegExp(`using audit_logs_y\\w+_${index}|on audit_logs_y\\w+_${index}`));
    });
  });

  it.each([
    ['the export of all tenants', BOUNDS, 'pkey'],
    ['the newest of all tenants', 'true ORDER BY e.created_at DESC, e.id DESC LIMIT 51', 'created_at_idx'],
  ])('%s', async (_what, where, index) => {
    const rows = (await asOwner(database, `EXPLAIN SELECT * FROM audit_logs e WHERE ${where}`)) as {
      'QUERY PLAN': string;
    }[];
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toMatch(new RegExp(`using audit_logs_y\\w+_${index}`));
    expect(plan).not.toMatch(/->\s+Sort/);
  });
});
