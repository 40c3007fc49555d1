import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ChainWorld } from './shop/chain-world';
import type { PrismaClient } from './shop/generated/client';

/** For long runs: a million, say. */
const OPERATIONS = Number(
  process.env['NESTARC_OPERATIONS'] ?? (process.env['NESTARC_FEWER_SETTINGS'] === undefined ? 50_000 : 10_000),
);
const AT_ONCE = 20;
/** What a heap of this size moves by between two full collections, with room. */
const LEEWAY_MB = 12;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Memory in use once everything that can go has gone, in megabytes. */
async function heapInUse(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed / 1024 / 1024;
}

describe('The memory of a process', () => {
  let world: ChainWorld;
  let client: PrismaClient;
  beforeAll(async () => {
    world = await ChainWorld.create();
    client = world.client({ max: 10 });
    await world.as('tenant-a', () => client.user.create({ data: { email: 'ann@x.example' } }));
  });
  afterAll(() => world.close());

  /** Each in a context of its own, as requests are; every tenth writes, and every hundredth deletes. */
  const operate = async (count: number): Promise<void> => {
    const numbers = Array.from({ length: count }, (_, index) => index).values();
    const worker = async (): Promise<void> => {
      for (const n of numbers) {
        await world.as('tenant-a', () => operation(n), { requestId: `request-${String(n)}` });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  };
  const operation = async (n: number): Promise<unknown> => {
    if (n % 100 === 0) {
      const { id } = await client.post.create({ data: { title: 'x', authorId: 1 } });
      return client.post.delete({ where: { id } });
    }
    if (n % 10 === 0) return client.$transaction([client.cart.create({ data: { note: String(n) } })]);
    return n % 2 === 0 ? client.user.findUnique({ where: { id: 1 } }) : client.$queryRaw`SELECT 1`;
  };

  it(
    `does not grow with the operations it has done`,
    async () => {
      await operate(Math.min(5_000, OPERATIONS));
      const before = await heapInUse();
      await operate(OPERATIONS);
      expect((await heapInUse()) - before).toBeLessThan(LEEWAY_MB);
    },
    OPERATIONS * 10 + 60_000,
  );
});
