import { serveOn, type ServedApp } from '@nestarc/testing';
import { Controller, Get, Inject, Module, Param } from '@nestjs/common';
import { Agent, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TenancyModule } from '../../src';
import { LOAD_PATHS } from '../fixture/database-path';
import type { PrismaClient } from '../fixture/generated/client';
import { A, B, IsolationFixture } from '../fixture/isolation-fixture';
import { seededRandom } from './seeded-random';

const CONCURRENCY = 200;
const SEED = Number(process.env['NESTARC_SEED'] ?? 20_261_122);
const PRISMA = Symbol('client');

interface Row {
  readonly tenantId: string;
}

/** What a request does; each fails in its own way, but for the reads. */
@Controller('chaos')
class ChaosController {
  constructor(@Inject(PRISMA) private readonly prisma: PrismaClient) {}

  @Get(':action')
  run(@Param('action') action: string): Promise<unknown> {
    const { prisma } = this;
    const actions: Record<string, () => Promise<unknown>> = {
      read: () => prisma.customer.findMany(),
      raw: () => prisma.$queryRaw`SELECT id, tenant_id AS "tenantId" FROM customers`,
      transaction: () => prisma.$transaction((tx) => tx.customer.findMany(), { maxWait: 30_000 }),
      slow: () => prisma.$queryRaw`SELECT id, tenant_id AS "tenantId", pg_sleep(0.01)::text FROM customers`,
      throw: () => this.inTransaction(() => Promise.reject(new Error('chaos'))),
      timeout: () =>
        this.inTransaction((tx) => tx.$executeRaw`SELECT set_config('statement_timeout', '1ms', true), pg_sleep(1)`),
      late: () => this.inTransaction(() => new Promise((resolve) => setTimeout(resolve, 40)), 20),
      kill: () => prisma.$queryRaw`SELECT pg_terminate_backend(pg_backend_pid())`,
      killInside: () => this.inTransaction((tx) => tx.$queryRaw`SELECT pg_terminate_backend(pg_backend_pid())`),
    };
    return actions[action]?.() ?? Promise.reject(new Error(action));
  }

  private inTransaction(
    work: (tx: Pick<PrismaClient, '$executeRaw' | '$queryRaw'>) => PromiseLike<unknown>,
    timeout = 5_000,
  ): Promise<unknown> {
    return this.prisma.$transaction(
      async (tx) => {
        await tx.customer.create({ data: { email: `${Math.random()}@chaos.example.com` } });
        await work(tx);
        await tx.customer.updateMany({ data: { credit: -1 } });
        // Nothing of it may stay, even where the work did not fail.
        throw new Error('chaos');
      },
      { timeout, maxWait: 30_000 },
    );
  }
}

const READS = ['read', 'raw', 'transaction', 'slow'];
/** Out of a hundred requests, the number that does each. */
const MIX: readonly (readonly [string, number])[] = [
  ['read', 65],
  ['raw', 10],
  ['transaction', 12],
  ['slow', 4],
  ['throw', 5],
  ['timeout', 1],
  ['late', 1],
  ['kill', 1],
  ['killInside', 1],
];

/** Behind a pooler the same happens, only slower: each lost backend takes two connections along. */
const WAYS = LOAD_PATHS.map((path) => ({ path, way: path.name, requests: path.pooled ? 1_000 : 10_000 }));

describe.each(WAYS)(
  '$requests requests that throw, time out, abort and lose their backends, through $way',
  ({ path, requests }) => {
    let fixture: IsolationFixture;
    let served: ServedApp;
    const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });

    beforeAll(async () => {
      fixture = await IsolationFixture.create(path);
      await fixture.seed();
      @Module({
        imports: [TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id' })],
        controllers: [ChaosController],
        providers: [{ provide: PRISMA, useValue: fixture.prisma }],
      })
      class ChaosModule {}
      served = await serveOn('express', ChaosModule);
    });
    afterAll(async () => {
      agent.destroy();
      await served.close();
      await fixture.close();
    });

    const pick = (random: () => number): string => {
      let rest = random() * 100;
      return MIX.find(([, share]) => (rest -= share) < 0)?.[0] ?? 'read';
    };

    /** Sends a request, and hangs up after some milliseconds where that is asked for. */
    const send = (
      action: string,
      tenantId: string,
      abortAfterMs?: number,
    ): Promise<{ status: number; rows: Row[] } | undefined> =>
      new Promise((resolve) => {
        const call = request(
          `${served.url}/chaos/${action}`,
          { agent, headers: { 'X-Tenant-Id': tenantId } },
          (response) => {
            let body = '';
            response.on('data', (chunk) => (body += chunk));
            response.on('end', () => resolve({ status: response.statusCode ?? 0, rows: JSON.parse(body) as Row[] }));
            response.on('error', () => resolve(undefined));
          },
        );
        call.on('error', () => resolve(undefined));
        call.end();
        if (abortAfterMs !== undefined) setTimeout(() => call.destroy(), abortAfterMs);
      });

    it(`bring no foreign row, miss none, and leave nothing behind (NESTARC_SEED=${SEED})`, async () => {
      const before = await fixture.snapshotOfB();
      const random = seededRandom(SEED);
      const tally = { right: 0, wrong: 0, failed: 0, hungUp: 0, failedReads: 0, succeededFailures: 0 };
      let next = 0;
      const client = async (): Promise<void> => {
        while (next < requests) {
          const tenantId = next++ % 2 === 0 ? A : B;
          const action = pick(random);
          const answer = await send(action, tenantId, random() < 0.05 ? random() * 20 : undefined);
          if (answer === undefined) tally.hungUp += 1;
          else if (answer.status !== 200) {
            tally.failed += 1;
            if (READS.includes(action)) tally.failedReads += 1;
          } else if (!READS.includes(action)) tally.succeededFailures += 1;
          else if (isRight(answer.rows, tenantId)) tally.right += 1;
          else tally.wrong += 1;
        }
      };
      await Promise.all(Array.from({ length: CONCURRENCY }, client));

      expect(tally).toMatchObject({ wrong: 0, succeededFailures: 0 });
      expect(tally.right + tally.failed + tally.hungUp).toBe(requests);
      expect(tally.right).toBeGreaterThan(requests / 2);
      // Where a pooler stands in between, it may hand the connection of a killed backend to somebody else first.
      if (!path.pooled) expect(tally.failedReads).toBe(0);
      await settle(() => fixture.pool.idleCount === fixture.pool.totalCount && fixture.pool.waitingCount === 0);
      expect(fixture.pool.totalCount).toBeLessThanOrEqual(path.max);
      for (const setting of await fixture.settingsLeftBehind()) expect(setting ?? '').toBe('');
      expect(await fixture.snapshotOfB()).toEqual(before);
      const open = await fixture.asAdmin<{ n: number }>(
        "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'",
      );
      expect(open).toEqual([{ n: 0 }]);
      const rowsOfA = await fixture.as(A, () => fixture.prisma.customer.findMany());
      expect(isRight(rowsOfA, A)).toBe(true);
    }, 300_000);
  },
);

const isRight = (rows: readonly Row[], tenantId: string): boolean =>
  rows.length === (tenantId === A ? 2 : 1) && rows.every((row) => row.tenantId === tenantId);

/** What clients have hung up on is still being worked at. */
async function settle(isSettled: () => boolean): Promise<void> {
  for (let n = 0; n < 500 && !isSettled(); n++) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(isSettled()).toBe(true);
}
