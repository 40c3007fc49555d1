import { createContext, runWithContext } from '@nestarc/core';
import { requireProgram, startPgBouncer } from '@nestarc/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ChainWorld, inShort } from './shop/chain-world';
import { playScenario, steady } from './shop/scenario';

const A = 'tenant-a';
const B = 'tenant-b';
const SETTINGS = [
  'app.current_tenant',
  'app.actorId',
  'app.requestId',
  'app.operation',
  'app.operationId',
  'app.audit_context',
];

describe('What an operation knows of who asks', () => {
  let world: ChainWorld;
  beforeAll(async () => {
    world = await ChainWorld.create();
  });
  afterAll(() => world.close());
  beforeEach(() => world.clear());

  it('is what was known where it was called, wherever it is awaited', async () => {
    const client = world.client();
    const lazily = <T>(tenant: string, work: () => T): Promise<{ promise: T }> =>
      world.as(tenant, () => ({ promise: work() }));
    const created = await lazily(A, () => client.user.create({ data: { email: 'ann@x.example' } }));
    const entries = await world.entriesOf(async () => {
      await world.as(B, () => created.promise);
      const deleted = await lazily(A, () => client.user.delete({ where: { id: 1 } }));
      await runWithContext(createContext({ mode: 'bypass' }), async () => await deleted.promise);
    });
    expect(inShort(entries)).toEqual(['User.created 1', 'User.softDeleted 1']);
    expect(entries.map(({ tenantId, actorId }) => [tenantId, actorId])).toEqual([
      [A, `user-of-${A}`],
      [A, `user-of-${A}`],
    ]);
  });

  it('is that of a request which is over, for work that outlives it', async () => {
    const client = world.client();
    const { later } = await world.as(A, async () => {
      await client.$transaction((tx) => tx.user.create({ data: { email: 'ann@x.example' } }));
      const outlasting = sleep(30).then(() => client.user.update({ where: { id: 1 }, data: { name: 'Late' } }));
      return { later: outlasting };
    });
    const entries = await world.entriesOf(() => later);
    expect(entries).toMatchObject([{ action: 'User.updated', requestId: `request-${A}`, tenantId: A }]);
  });

  describe.runIf(requireProgram('pgbouncer'))('through PgBouncer in transaction mode', () => {
    it('is all there, and none of it stays on a connection', async () => {
      await using bouncer = await startPgBouncer({ url: world.database.appUrl, poolSize: 2 });
      const run = async (url: string): Promise<string> => {
        await world.clear();
        const client = world.client({ url, max: 10 });
        const since = await world.mark();
        const answers = await playScenario(world, client);
        await client.$disconnect();
        return steady([answers, (await since()).map(({ seq: _seq, xid: _xid, ...entry }) => entry)]);
      };
      expect(await run(bouncer.url)).toBe(await run(world.database.appUrl));
      expect(await settingsBehind(bouncer.url)).toEqual([]);
    }, 60_000);

    it('is that of each of many that share few connections', async () => {
      await using bouncer = await startPgBouncer({ url: world.database.appUrl, poolSize: 2 });
      const client = world.client({ url: bouncer.url, max: 10 });
      const numbers = Array.from({ length: 80 }, (_, index) => index);
      const entries = await world.entriesOf(() =>
        Promise.all(
          numbers.map((n) =>
            world.as(
              n % 2 === 0 ? A : B,
              async () => {
                const { id } = await client.user.create({ data: { email: `n${String(n)}` } });
                await client.user.delete({ where: { id } });
              },
              { requestId: `n${String(n)}` },
            ),
          ),
        ),
      );
      expect(entries.filter(({ action }) => action === 'User.softDeleted')).toHaveLength(80);
      expect(entries).toHaveLength(160);
      for (const { tenantId, requestId, new: image } of entries) {
        expect([tenantId, requestId]).toEqual([image?.['tenant_id'], image?.['email']]);
      }
      await client.$disconnect();
      expect(await settingsBehind(bouncer.url)).toEqual([]);
    });
  });
});

/** What is left of a context on the connections that PgBouncer shares out. */
async function settingsBehind(url: string): Promise<string[]> {
  const clients = await Promise.all([1, 2].map(() => connected(url)));
  try {
    await Promise.all(clients.map((client) => client.query('BEGIN')));
    const text = `SELECT name, current_setting(name, true) AS value FROM unnest($1::text[]) AS name`;
    const found = await Promise.all(clients.map((client) => client.query<{ value: string | null }>(text, [SETTINGS])));
    return found.flatMap(({ rows }) => rows.flatMap(({ value }) => (value === null || value === '' ? [] : [value])));
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}

async function connected(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString });
  await client.connect();
  return client;
}
