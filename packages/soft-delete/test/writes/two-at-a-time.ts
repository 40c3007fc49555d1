import { setTimeout as sleep } from 'node:timers/promises';
import type { Prisma } from '../fixture/generated/client';
import { outcome, type WriteWorld } from './write-world';

/**
 * Does something in two transactions, the second of which waits for the first.
 *
 * @returns the answer of the first, and that of the second, or its code
 */
export async function twoAtATime<T>(
  world: WriteWorld,
  work: (tx: Prisma.TransactionClient) => PromiseLike<T>,
): Promise<{ readonly first: T; readonly second: T | string }> {
  const began = gate();
  const release = gate();
  const inTransaction = (until: () => Promise<void>): Promise<T> =>
    world.as(() =>
      world.prisma.$transaction(
        async (tx) => {
          const answer = await work(tx);
          await until();
          return answer;
        },
        { timeout: 20_000 },
      ),
    );
  const first = inTransaction(() => (began.open(), release.passed));
  await Promise.race([began.passed, first]);
  let answer: T | string = '';
  const second = outcome(inTransaction(() => Promise.resolve()).then((told) => void (answer = told)));
  await someoneWaits(world);
  release.open();
  const told = await second;
  return { first: await first, second: told === 'done' ? answer : told };
}

async function someoneWaits(world: WriteWorld): Promise<void> {
  for (let round = 0; round < 200; round += 1) {
    const [row] = await world.fixture.asAdmin<{ count: number }>(
      "SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    );
    if ((row?.count ?? 0) > 0) return;
    await sleep(20);
  }
  throw new Error('The second transaction does not wait for the first.');
}

function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open: () => open() };
}
