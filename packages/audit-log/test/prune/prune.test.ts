import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@nestarc/testing';
import { PrismaPg } from '@prisma/adapter-pg';
import { afterEach, describe, expect, it } from 'vitest';
import { type AuditPruneOptions, type AuditPruneProgress, AuditService, auditSql } from '../../src';
import { as, asOwner, createClient, entriesOf, schemaClient, TABLES, withSession } from '../fixture/database';
import { PrismaClient } from '../fixture/generated/client';
import { settled } from '../fixture/slow-transaction';

/** A name of 44 letters, with capitals, so that it has to be quoted. */
const LONG = 'Audit_Logs_whose_name_has_exactly_44_letters';
const CUTOFF = new Date('2026-03-15T00:00:00Z');
const MONTHS = ['2025-12', '2026-01', '2026-02', '2026-03'];

/** A database whose audit table has entries of months that are long over. */
class PruneFixture {
  private constructor(
    readonly database: TestDatabase,
    readonly app: PrismaClient,
    readonly owner: PrismaClient,
    readonly audit: AuditService,
    readonly table: string,
  ) {}

  static async create(tableName: string, partitioned: boolean, prunerRoles: string[] = []): Promise<PruneFixture> {
    const options = { tableName, partitioned, prunerRoles, trackedModels: ['User'] };
    const database = await createTestDatabase({ sql: TABLES + auditSql(schemaClient(), options) });
    const app = createClient(database.appUrl);
    const owner = new PrismaClient({ adapter: new PrismaPg({ connectionString: database.ownerUrl, max: 2 }) });
    return new PruneFixture(database, app, owner, AuditService.of(app, { tableName }), `"${tableName}"`);
  }

  /** Ten entries each month, in partitions of their own where there are any. */
  async fill(makesPartitions = true): Promise<void> {
    await asOwner(
      this.database,
      `INSERT INTO ${this.table} (tenant_id, action, created_at)
       SELECT 'a', 'old', (m || '-02T00:00:00Z')::timestamptz FROM unnest('{${MONTHS.join(',')}}'::text[]) m, generate_series(1, 10)`,
    );
    if (makesPartitions) await asOwner(this.database, `SELECT "${LONG}_ensure_partitions"(1)`);
  }

  prune(options: Partial<AuditPruneOptions> = {}): ReturnType<AuditService['prune']> {
    return this.audit.prune({ olderThan: CUTOFF, client: this.owner, ...options });
  }

  async months(): Promise<Record<string, number>> {
    const rows = (await asOwner(
      this.database,
      `SELECT to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM') AS month, count(*)::int AS n FROM ${this.table} WHERE action = 'old' GROUP BY 1`,
    )) as { month: string; n: number }[];
    return Object.fromEntries(rows.map(({ month, n }) => [month, n]));
  }

  async close(): Promise<void> {
    await this.app.$disconnect();
    await this.owner.$disconnect();
    await this.database.drop();
  }
}

const counts = (...months: string[]): Record<string, number> => Object.fromEntries(months.map((month) => [month, 10]));

let fixture: PruneFixture;
afterEach(() => fixture.close());

describe('prune of a table with partitions, whose name is long and quoted', () => {
  it('drops the months that were over, tells of each, and records it', async () => {
    fixture = await PruneFixture.create(LONG, true);
    await fixture.fill();
    const steps: AuditPruneProgress[] = [];
    const names = MONTHS.slice(0, 3).map((month) => `public."${LONG}_y${month.replace('-', 'm')}"`);
    const dry = await fixture.prune({ dryRun: true });
    expect(dry).toEqual({
      layout: 'partitioned',
      mode: 'drop',
      prunedPartitions: names,
      deletedRows: 30,
      dryRun: true,
      isComplete: true,
    });
    expect(await fixture.months()).toEqual(counts(...MONTHS));
    const done = await fixture.prune({ onProgress: (step) => void steps.push(step) });
    expect(done).toEqual({ ...dry, dryRun: false });
    expect(steps.map(({ partition, entries, deletedRows }) => [partition, entries, deletedRows])).toEqual(
      names.map((name, n) => [name, 10, 10 * (n + 1)]),
    );
    expect(await fixture.months()).toEqual(counts('2026-03'));
    const records = await entriesOf(fixture.database, `action = 'Audit.pruned'`, fixture.table);
    expect(records.map(({ target_id: name, metadata }) => [name, metadata?.['entries']])).toEqual(
      names.map((name) => [name, 10]),
    );
    expect(await fixture.prune()).toMatchObject({ prunedPartitions: [], deletedRows: 0, isComplete: true });
  });

  it('detaches them where that is asked for, and what is detached stays closed and as it is', async () => {
    fixture = await PruneFixture.create(LONG, true);
    await fixture.fill();
    const { prunedPartitions, deletedRows } = await fixture.prune({ mode: 'detach' });
    expect(deletedRows).toBe(30);
    expect(await fixture.months()).toEqual(counts('2026-03'));
    const [name = ''] = prunedPartitions;
    await withSession(fixture.database.ownerUrl, async (client) => {
      for (const change of [`UPDATE ${name} SET action = 'x'`, `DELETE FROM ${name}`, `TRUNCATE ${name}`]) {
        await expect(client.query(change)).rejects.toMatchObject({ code: 'P0001' });
      }
    });
    await withSession(fixture.database.appUrl, (client) =>
      expect(client.query(`SELECT FROM ${name}`)).rejects.toMatchObject({ code: '42501' }),
    );
  });

  it('deletes old entries from the default partition, as nobody made one for their month', async () => {
    fixture = await PruneFixture.create(LONG, true);
    await fixture.fill(false);
    expect(await fixture.prune({ mode: 'detach' })).toMatchObject({ deletedRows: 0 });
    expect(await fixture.prune({ batchSize: 7 })).toMatchObject({ prunedPartitions: [], deletedRows: 40 });
    expect(await fixture.months()).toEqual({});
  });

  it('removes nothing that a required checkpoint has not got to', async () => {
    fixture = await PruneFixture.create(LONG, true);
    await fixture.fill();
    await settled(fixture.database);
    const checkpoints: string[] = [];
    for await (const { checkpoint } of fixture.audit.scan({ tenantId: 'a', batchSize: 15 })) {
      checkpoints.push(checkpoint);
    }
    const [early = '', , late = ''] = checkpoints;
    await expect(fixture.prune({ requiredCheckpoints: [late, early] })).rejects.toMatchObject({
      code: 'AUDIT_CHECKPOINT_BEHIND',
      partition: expect.stringContaining('2026m01') as string,
    });
    expect(await fixture.months()).toEqual(counts(...MONTHS.slice(1)));
    const before = Buffer.from(`v1|2026-03-14T00:00:00.000000Z|${randomUUID()}`).toString('base64url');
    await expect(fixture.prune({ requiredCheckpoints: [before] })).rejects.toMatchObject({
      code: 'AUDIT_CHECKPOINT_BEHIND',
    });
    const behind = Buffer.from(`v1|2026-03-15T00:00:00.000000Z|${randomUUID()}`).toString('base64url');
    expect(await fixture.prune({ requiredCheckpoints: [late, behind] })).toMatchObject({ deletedRows: 20 });
  });

  it('is not held up by a stream that has had nothing to deliver', async () => {
    fixture = await PruneFixture.create(LONG, true);
    await fixture.fill();
    await settled(fixture.database);
    const checkpoints: string[] = [];
    for await (const { checkpoint } of fixture.audit.scan({ tenantId: 'a', action: 'never' })) {
      checkpoints.push(checkpoint);
    }
    expect(await fixture.prune({ requiredCheckpoints: checkpoints })).toMatchObject({ deletedRows: 30 });
  });

  it('does not wait for locks for ever, nor is it done when its time is up', async () => {
    fixture = await PruneFixture.create(LONG, true);
    await fixture.fill();
    await withSession(fixture.database.ownerUrl, async (client) => {
      await client.query(`BEGIN; SELECT FROM ${fixture.table} LIMIT 1`);
      await expect(fixture.prune({ maxWaitMs: 50 })).rejects.toThrow(/55P03|lock/);
      await expect(fixture.prune({ timeoutMs: 300 })).rejects.toThrow(/57014|statement timeout|canceled/);
      await client.query('ROLLBACK');
    });
    const stopped = await fixture.prune({ signal: AbortSignal.abort() });
    expect(stopped).toMatchObject({ prunedPartitions: [], isComplete: false });
    expect(await fixture.months()).toEqual(counts(...MONTHS));
  });
});

describe('prune of a table without partitions', () => {
  it('deletes in batches, and leaves the trigger that refuses it to everyone else', async () => {
    fixture = await PruneFixture.create('audit_logs', false);
    await fixture.fill(false);
    expect(await fixture.prune({ dryRun: true })).toMatchObject({ layout: 'flat', deletedRows: 40, dryRun: true });
    const steps: number[] = [];
    const done = await fixture.prune({ batchSize: 15, onProgress: ({ entries }) => void steps.push(entries) });
    expect(done).toMatchObject({ layout: 'flat', prunedPartitions: [], deletedRows: 40, isComplete: true });
    expect(steps).toEqual([15, 15, 10]);
    await expect(asOwner(fixture.database, 'DELETE FROM audit_logs')).rejects.toMatchObject({ code: 'P0001' });
    await as('a', () => fixture.audit.log({ action: 'new' }));
    expect(await fixture.prune()).toMatchObject({ deletedRows: 0 });
    expect((await as('a', () => fixture.audit.query())).total).toBe(1);
  });
});

describe('who may prune', () => {
  it('is not the role of the application, and is one that was named, which reads nothing', async () => {
    const role = `pruner_${randomUUID().slice(0, 8)}`;
    const admin = process.env['NESTARC_TEST_ADMIN_URL'] ?? '';
    await withSession(admin, (client) => client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`));
    try {
      fixture = await PruneFixture.create(LONG, true, [role]);
      await fixture.fill();
      await expect(fixture.audit.prune({ olderThan: CUTOFF })).rejects.toMatchObject({ code: 'AUDIT_PRUNE_FORBIDDEN' });
      await withSession(fixture.database.adminUrl, (client) =>
        client.query(
          `GRANT CONNECT ON DATABASE ${fixture.database.name} TO ${role}; GRANT USAGE ON SCHEMA public TO ${role}`,
        ),
      );
      const url = new URL(fixture.database.appUrl);
      url.username = role;
      url.password = 'x';
      const pruner = new PrismaClient({ adapter: new PrismaPg({ connectionString: url.href, max: 1 }) });
      expect(await fixture.prune({ client: pruner })).toMatchObject({ deletedRows: 30 });
      await pruner.$disconnect();
      await withSession(url.href, (client) =>
        expect(client.query(`SELECT FROM ${fixture.table}`)).rejects.toMatchObject({ code: '42501' }),
      );
      const [record] = await entriesOf(fixture.database, `action = 'Audit.pruned'`, fixture.table);
      expect(record?.metadata).toMatchObject({ dbRole: role });
    } finally {
      await withSession(fixture.database.adminUrl, (client) => client.query(`DROP OWNED BY ${role}`));
      await withSession(admin, (client) => client.query(`DROP ROLE ${role}`));
    }
  });

  it('is said in the context', async () => {
    fixture = await PruneFixture.create(LONG, true);
    await fixture.fill();
    await as('a', () => fixture.prune(), { actor: { id: 'janitor', type: 'job' }, requestId: 'r9' });
    const [record] = await entriesOf(fixture.database, `action = 'Audit.pruned'`, fixture.table);
    expect(record).toMatchObject({ actor_id: 'janitor', actor_type: 'job', request_id: 'r9', tenant_id: null });
  });

  it.each([
    [{ olderThan: 'x' }, 'olderThan'],
    [{ mode: 'x' }, 'mode'],
    [{ timeoutMs: 0 }, 'timeoutMs'],
    [{ olderThan: CUTOFF, before: CUTOFF }, 'before'],
  ])('does not matter where the options are none: %o', async (options, path) => {
    fixture = await PruneFixture.create('audit_logs', true);
    await expect(fixture.audit.prune(options as unknown as AuditPruneOptions)).rejects.toThrow(path);
  });
});
