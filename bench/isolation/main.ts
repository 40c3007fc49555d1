import 'reflect-metadata';
import { startEmbeddedPostgres } from '@nestarc/postgres/embedded';
import { TenancyModule, TenancyService } from '@nestarc/tenancy';
import { countRoundTrips } from '@nestarc/testing';
import { NestFactory } from '@nestjs/core';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureThroughput, median } from '../measure/throughput';
import { type Contender, contextOnTheWire, transactionPerOperation, unscoped } from './contenders';
import { type BenchDatabases, createBenchDatabases, TENANTS } from './database';

const ROUNDS = 7;
const ROUND_MS = 2_000;
const WARM_UP_MS = 1_500;
const CONCURRENCY = 10;
const COUNTED_READS = 50;

const tenantOf = (run: number): string => `tenant-${(run % TENANTS) + 1}`;

async function readOnce(contender: Contender, run: number): Promise<void> {
  const rows = await contender.read(tenantOf(run));
  if (rows !== 20) throw new Error(`${contender.name} read ${rows} rows instead of 20`);
}

async function roundTripsPerRead(url: string, make: (url: string) => Contender): Promise<number> {
  await using counter = await countRoundTrips(url);
  const contender = make(counter.url);
  try {
    await readOnce(contender, 0);
    counter.reset();
    for (let run = 0; run < COUNTED_READS; run++) await readOnce(contender, run);
    return counter.count / COUNTED_READS;
  } finally {
    await contender.close();
  }
}

/** Interleaves the rounds and turns their order, so that a slow moment of the machine hits everyone. */
async function throughputs(contenders: readonly Contender[]): Promise<number[][]> {
  const results = contenders.map((): number[] => []);
  for (const contender of contenders) {
    await measureThroughput((run) => readOnce(contender, run), CONCURRENCY, WARM_UP_MS);
  }
  for (let round = 0; round < ROUNDS; round++) {
    process.stderr.write(`round ${round + 1} of ${ROUNDS}\n`);
    for (let turn = 0; turn < contenders.length; turn++) {
      const index = (turn + round) % contenders.length;
      const contender = contenders[index] as Contender;
      results[index]?.push(await measureThroughput((run) => readOnce(contender, run), CONCURRENCY, ROUND_MS));
    }
  }
  return results;
}

async function compare(databases: BenchDatabases, tenancy: TenancyService): Promise<void> {
  const entries: readonly (readonly [string, (url: string) => Contender])[] = [
    [databases.plain.appUrl, unscoped],
    [databases.isolated.appUrl, transactionPerOperation],
    [databases.isolated.appUrl, (url) => contextOnTheWire(url, tenancy)],
  ];
  const roundTrips: number[] = [];
  for (const [url, make] of entries) roundTrips.push(await roundTripsPerRead(url, make));
  const contenders = entries.map(([url, make]) => make(url));
  const rounds = await throughputs(contenders);
  for (const contender of contenders) await contender.close();

  const medians = rounds.map(median);
  const ratioTo = (index: number): number => (medians[2] ?? 0) / (medians[index] ?? 0);
  const result = {
    vsUnscoped: Number(ratioTo(0).toFixed(3)),
    vsTransactionPerOp: Number(ratioTo(1).toFixed(3)),
    roundTripsPerOperation: roundTrips[2],
  };
  console.log(`list of 20, concurrency ${CONCURRENCY}, pool 10, ${ROUNDS} rounds of ${ROUND_MS / 1000} s, loopback\n`);
  console.table(
    contenders.map(({ name }, index) => ({
      contender: name,
      'reads/s (median)': Math.round(medians[index] ?? 0),
      'round trips/read': roundTrips[index],
      'nestarc is': index === 2 ? '' : `${ratioTo(index).toFixed(2)} ×`,
    })),
  );
  console.log(JSON.stringify(result));
}

async function main(): Promise<void> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'nestarc-bench-'));
  const server = await startEmbeddedPostgres({ dataDirectory, durable: false, stopOnExit: true });
  const app = await NestFactory.createApplicationContext(TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id' }), {
    logger: ['error', 'warn'],
  });
  try {
    await using databases = await createBenchDatabases(server.adminUrl);
    await compare(databases, app.get(TenancyService));
  } finally {
    await app.close();
    await server.stop();
    await rm(dataDirectory, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
