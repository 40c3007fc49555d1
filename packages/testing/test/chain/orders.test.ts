import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChainWorld, type Entry, POOLS } from './shop/chain-world';
import { ORDERS } from './shop/extensions';
import { playScenario, steady } from './shop/scenario';
import type { PrismaClient } from './shop/generated/client';

/** Everything that can be seen of a run. */
interface Run {
  readonly answers: readonly (readonly [step: string, answer: string])[];
  readonly tables: string;
  readonly entries: readonly string[];
}

describe('tenancy, soft deletes and the audit log on one client', () => {
  let world: ChainWorld;
  beforeAll(async () => {
    world = await ChainWorld.create();
  });
  afterAll(() => world.close());

  const run = async (client: PrismaClient): Promise<Run> => {
    await world.clear();
    const since = await world.mark();
    const answers = await playScenario(world, client);
    const tables = await world.asAdmin(
      ['users', 'posts', 'comments', 'tags', '"_PostToTag"', 'carts', 'lines']
        .map((table) => `SELECT '${table}' AS name, to_jsonb(t) AS row FROM ${table} t`)
        .join(' UNION ALL ') + ' ORDER BY 1, 2',
    );
    const entries = steady((await since()).map(shown));
    await client.$disconnect();
    return {
      answers: answers.map(([step, answer]) => [step, steady(answer)]),
      tables: steady(tables),
      entries: (JSON.parse(entries) as unknown[]).map((entry) => JSON.stringify(entry)),
    };
  };

  /** What an entry says; when it was made, and its number, say nothing. */
  const shown = ({ xid: _xid, seq: _seq, ...entry }: Entry): unknown => [
    entry.tenantId,
    entry.actorId,
    entry.requestId,
    entry,
  ];

  let expected: Run;
  beforeAll(async () => {
    expected = await run(world.client({ max: 4 }));
  }, 60_000);

  it('do what they are for', () => {
    const answers = new Map(expected.answers);
    const failures = expected.answers.flatMap(([step, answer]) => (answer.includes('"failed"') ? [step] : []));
    expect(failures).toEqual([
      'tenant-a: the same again',
      "tenant-b: update of a stranger's",
      'tenant-a: interactive, undone',
      'tenant-a: array, undone',
      "tenant-b: delete of a stranger's",
      'tenant-a: delete again',
      "tenant-b: restore of a stranger's",
      'tenant-a: restore, whose place is taken',
    ]);
    expect([answers.get('tenant-a: what is left'), answers.get('tenant-b: what is there')]).toEqual(['[]', '[]']);
    expect(expected.entries.length).toBeGreaterThan(40);
    expect(expected.entries.join('\n')).not.toContain('gone@x.example');
    expect(
      expected.entries.filter((entry) => !/^\["tenant-[ab]","user-of-tenant-[ab]","request-tenant-[ab]"/.test(entry)),
    ).toEqual([]);
  });

  describe.each(POOLS)('with a pool of %i', (max) => {
    it.each(ORDERS.map((order) => ({ order, name: order.join(', ') })))(
      'do the same in the order $name',
      async ({ order }) => {
        const found = await run(world.client({ order, max }));
        expect(found).toEqual(expected);
      },
      60_000,
    );
  });

  it('do not where a cascade is not told of: the comparison sees it', async () => {
    const found = await run(world.client({ softDelete: { cascade: { User: ['Post'] } } }));
    expect(found.entries).not.toEqual(expected.entries);
  });
});
