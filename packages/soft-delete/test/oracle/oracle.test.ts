import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLUSTERS, VARIANTS, type Variant } from './clusters';
import { KeyPool } from './key-pool';
import { Oracle } from './oracle';
import { OracleWorld } from './oracle-world';
import { Random } from './random';
import { randomQuery } from './random-query';

const SEED = Number(process.env['NESTARC_SEED'] ?? 20_261_123);
/** How many seeds are tried, this one first; for long runs. */
const ROUNDS = Number(process.env['NESTARC_ROUNDS'] ?? 1);
/** Queries for each cluster of models. */
const TREES = 210;
/** How many are under way at a time. */
const AT_ONCE = 6;

const SEEDS = Array.from({ length: ROUNDS }, (_, round) => SEED + round);

describe.each(SEEDS.flatMap((seed) => (['client', 'database'] as const).map((enforcement) => ({ seed, enforcement }))))(
  'Where the $enforcement hides deleted rows (NESTARC_SEED=$seed)',
  ({ seed, enforcement }) => {
    let world: OracleWorld;
    let oracle: Oracle;

    beforeAll(async () => {
      world = await OracleWorld.create(seed, enforcement);
      oracle = new Oracle(world, seed);
    });
    afterAll(() => world.close());

    it.each(CLUSTERS.map((cluster) => ({ cluster, names: cluster.join(', ') })))(
      'a query answers as if they were not there: $names',
      async ({ cluster }) => {
        const random = new Random(seed + cluster.join().length);
        const queries = Array.from({ length: TREES }, (_, index) => {
          const variant = VARIANTS[index % VARIANTS.length] as Variant;
          const keys = new KeyPool(random, world.metadata, world.rows);
          const source = { random, metadata: world.metadata, keys, asksForNulls: variant.keys === 'nulled' };
          return { variant, query: randomQuery(source, cluster) };
        });
        const next = queries.values();
        const work = async (): Promise<void> => {
          for (const { variant, query } of next) await oracle.check(variant, query);
        };
        await Promise.all(Array.from({ length: AT_ONCE }, work));
      },
      240_000,
    );

    it('no query by relations is ordered by them, unless PostgreSQL sees to it', () => {
      const { refused, compared } = oracle.orders;
      expect(refused + compared).toBeGreaterThan(10);
      expect(enforcement === 'client' ? compared : refused).toBeLessThan(enforcement === 'client' ? 1 : compared);
    });

    it('most queries found something', () => {
      expect(oracle.answered / oracle.asked).toBeGreaterThan(0.4);
    });
  },
);
