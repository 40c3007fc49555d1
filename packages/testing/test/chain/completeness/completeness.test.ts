import { AuditService } from '@nestarc/audit-log';
import { createContext, parseTenantId, runWithContext, withSettings } from '@nestarc/core';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ChainWorld } from '../shop/chain-world';
import type { PrismaClient } from '../shop/generated/client';
import { Random } from './random';
import { type Outcome, performRequest } from './random-request';
import { COMMIT_ORDER, ReplayDatabase } from './replay-database';

const SEED = Number(process.env['NESTARC_SEED'] ?? 20_261_124);
/** How many seeds are tried, this one first; for long runs. */
const ROUNDS = Number(process.env['NESTARC_ROUNDS'] ?? 1);
const REQUESTS = 100;
const TENANTS = Array.from({ length: 10 }, (_, index) => `tenant-${String(index)}`);

/** How often as many requests come: later ones find more to change, and to restore. */
const WAVES = 3;

/** Tables that triggers are taken off. */
const UNWATCHED = ['users', 'posts', 'comments', 'tags', '_PostToTag', 'carts', 'lines'].filter(
  (table) => process.env['NESTARC_FEWER_SETTINGS'] === undefined || table === '_PostToTag',
);

const inOrder = (row: object): string => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));

describe('Replaying the audit table from nothing', () => {
  let world: ChainWorld;
  let replay: ReplayDatabase;
  let client: PrismaClient;
  let admin: Client;
  beforeAll(async () => {
    world = await ChainWorld.create();
    replay = await ReplayDatabase.create();
    admin = new Client({ connectionString: world.database.adminUrl });
    await admin.connect();
    // Deadlocks are meant to happen; waiting a second for each is not.
    await admin.query(`ALTER DATABASE ${world.database.name} SET deadlock_timeout = '20ms'`);
    client = world.client({ max: 10 });
  });
  afterAll(async () => {
    await admin.end();
    await replay.close();
    await world.close();
  });
  beforeEach(async () => {
    await world.clear();
    await forget();
  });

  /** Begins an audit table anew, which takes the superuser to switch its guards off. */
  const forget = async (): Promise<void> => {
    await admin.query(
      `SET session_replication_role = replica; DELETE FROM audit_logs; SET session_replication_role = DEFAULT`,
    );
  };

  const play = async (
    seed: number,
    { waves = WAVES, suppressed }: { waves?: number; suppressed?: string } = {},
  ): Promise<Outcome[]> => {
    const tools = { client, operate: world.operations(client) };
    const outcomes: Outcome[] = [];
    for (let wave = 0; wave < waves; wave += 1) {
      const requests = Array.from({ length: REQUESTS }, async (_, index) => {
        const number = wave * REQUESTS + index;
        const requestId = `request-${String(number)}`;
        const tenantId = parseTenantId(TENANTS[number % TENANTS.length] ?? '');
        const plain = createContext({ tenantId, requestId, actor: { id: requestId, type: 'user' } });
        const context =
          tenantId === suppressed ? withSettings(plain, { 'app.audit_context': '{"suppressed":true}' }) : plain;
        outcomes[number] = await runWithContext(context, () => performRequest(tools, new Random(seed * 1000 + number)));
      });
      for (const request of await Promise.allSettled(requests)) {
        if (request.status === 'rejected') throw request.reason;
      }
    }
    return outcomes;
  };

  /** Models of which the audit service says something else than the client, for the tenant it is asked for. */
  const snapshotDiffers = async (): Promise<string[]> => {
    const service = AuditService.of(client);
    const [tags, carts] = [await client.tag.findMany(), await client.cart.findMany()];
    const limit = 10_000;
    const then = new Date();
    const asOf = async (model: string): Promise<string[]> =>
      (await service.asOf(model, then, { limit })).rows.map((row) => inOrder(row)).sort();
    const found = { Tag: await asOf('Tag'), Cart: await asOf('Cart') };
    const expected = { Tag: tags.map(inOrder).sort(), Cart: carts.map(inOrder).sort() };
    return (['Tag', 'Cart'] as const).filter((model) => found[model].join('\n') !== expected[model].join('\n'));
  };

  const differences = async (order = COMMIT_ORDER): Promise<string[]> => {
    await replay.load(admin, order);
    const found: string[] = [];
    for (const tenant of TENANTS) found.push(...(await replay.differences(tenant, admin)));
    return found;
  };

  it.each(Array.from({ length: ROUNDS }, (_, round) => SEED + round))(
    'gives the tables of every tenant, whatever a hundred requests did at once (NESTARC_SEED=%i)',
    async (seed) => {
      const outcomes = await play(seed);
      expect(await differences()).toEqual([]);
      const count = (outcome: Outcome): number => outcomes.filter((one) => one === outcome).length;
      expect([count('done') > 150, count('undone') > 15, count('failed') > 0]).toEqual([true, true, true]);
      const { rows: kinds } = await admin.query<{ kind: string }>(
        `SELECT DISTINCT op || ' ' || split_part(action, '.', 2) AS kind FROM audit_logs ORDER BY 1`,
      );
      expect(kinds.map(({ kind }) => kind)).toEqual(
        expect.arrayContaining(['delete deleted', 'insert created', 'update softDeleted', 'update updated']),
      );
      expect(kinds.some(({ kind }) => kind === 'update restored' || kind === 'delete purged')).toBe(true);
      expect(await world.as('tenant-0', () => snapshotDiffers())).toEqual([]);
      const { rows: strays } = await admin.query(
        `SELECT * FROM audit_logs WHERE tenant_id IS NULL OR request_id IS NULL`,
      );
      expect(strays).toEqual([]);
    },
    120_000,
  );

  it('puts a transaction where it came to an end, not where it began', async () => {
    const as = <T>(work: () => PromiseLike<T>): Promise<T> => world.as('tenant-0', work);
    await as(() => client.tag.create({ data: { label: 'a' } }));
    await as(() =>
      client.$transaction(async (tx) => {
        await tx.tag.create({ data: { label: 'first' } });
        await runWithContext(undefined, () => as(() => client.tag.update({ where: { id: 1 }, data: { label: 'b' } })));
        await tx.tag.update({ where: { id: 1 }, data: { label: 'c' } });
      }),
    );
    expect(await differences()).toEqual([]);
    expect(await differences('xid, seq')).toEqual([expect.stringContaining('there is no such row')]);
  });

  describe('fails', () => {
    afterEach(async () => {
      await admin.query(`DO $$ DECLARE t record; BEGIN
        FOR t IN SELECT tgrelid::regclass AS relation FROM pg_trigger WHERE tgenabled = 'D' LOOP
          EXECUTE format('ALTER TABLE %s ENABLE TRIGGER ALL', t.relation);
        END LOOP; END $$`);
    });

    it.each(UNWATCHED)(
      'where a trigger of %s is missing',
      async (table) => {
        await admin.query(`ALTER TABLE "${table}" DISABLE TRIGGER "!audit_logs_delete"`);
        await admin.query(`ALTER TABLE "${table}" DISABLE TRIGGER "!audit_logs_insert"`);
        await play(SEED, { waves: 1 });
        expect(await differences()).not.toEqual([]);
      },
      120_000,
    );

    it('where a tenant is suppressed, and for no other', async () => {
      await play(SEED, { waves: 1, suppressed: 'tenant-3' });
      expect(await differences()).toEqual([expect.stringMatching(/of tenant-3 .*: an entry without an image$/)]);
    }, 120_000);

    it('in any other order', async () => {
      await play(SEED);
      expect(await differences()).toEqual([]);
      expect(await differences('random()')).not.toEqual([]);
      expect(await differences('ended DESC, xid, seq')).not.toEqual([]);
      expect(await differences('ended, xid, seq DESC')).not.toEqual([]);
    }, 120_000);
  });
});
