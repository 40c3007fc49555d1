import { startEmbeddedPostgres } from '@nestarc/postgres/embedded';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../measure/command-line';
import { median } from '../measure/statistics';
import { measureSlice } from '../measure/throughput';
import { type Cascade, CascadeMeasurement, CASCADES, type CascadeTurn } from './cascade';
import { type BenchClient, bareClient, POOL_SIZE, softDeletingClient } from './clients';
import { type BenchDatabases, createBenchDatabases } from './database';
import { type Figures, type Reader, type ReadTurn, resultLine } from './figures';
import { performRead, READS } from './reads';
import { readOptions, type SoftDeleteBenchOptions } from './soft-delete-bench.options';
import { tables } from './table';

/** Nothing but the contenders is to be at work on the server. */
const SETTINGS = { autovacuum: 'off' };

type Readers = readonly (readonly [Reader, BenchClient])[];

async function readOnce(readers: Readers, sliceMs: number): Promise<ReadTurn[]> {
  const turns: ReadTurn[] = [];
  for (const read of READS) {
    for (const [reader, client] of readers) {
      const slice = await measureSlice((count) => performRead(client, read, count), POOL_SIZE, sliceMs);
      turns.push({ read, reader, throughput: slice.throughput, latencyMs: median(slice.latenciesMs) });
    }
  }
  return turns;
}

async function measureReads(databases: BenchDatabases, options: SoftDeleteBenchOptions): Promise<ReadTurn[]> {
  const without = bareClient(databases.plain.appUrl);
  const nestarc = softDeletingClient(databases.deleted.appUrl);
  const readers: Readers = [
    ['without', without],
    ['nestarc', nestarc],
  ];
  try {
    await readOnce(readers, options.sliceMs);
    const turns: ReadTurn[] = [];
    for (let round = 0; round < options.rounds; round++) {
      process.stderr.write(`reads, round ${round + 1} of ${options.rounds}\n`);
      // Who was first in one round is last in the next.
      turns.push(...(await readOnce(round % 2 === 0 ? readers : [...readers].reverse(), options.sliceMs)));
    }
    return turns;
  } finally {
    await Promise.all([without.$disconnect(), nestarc.$disconnect()]);
  }
}

async function measureCascades(
  databases: BenchDatabases,
  options: SoftDeleteBenchOptions,
): Promise<Pick<Figures, 'cascades' | 'statements'>> {
  const measurement = new CascadeMeasurement(databases);
  await measurement.start();
  try {
    const counted: [Cascade, number][] = [];
    for (const cascade of CASCADES) counted.push([cascade, await measurement.countStatements(cascade)]);
    const cascades: CascadeTurn[] = [];
    for (let round = 0; round < options.rounds; round++) {
      process.stderr.write(`cascades, round ${round + 1} of ${options.rounds}\n`);
      const order = round % 2 === 0 ? CASCADES : [...CASCADES].reverse();
      for (const cascade of order) cascades.push(await measurement.takeTurn(cascade, options.trees));
    }
    return { cascades, statements: Object.fromEntries(counted) as Record<Cascade, number> };
  } finally {
    await measurement.stop();
  }
}

async function run(options: SoftDeleteBenchOptions): Promise<void> {
  console.log(`${cpus().length} processors, load ${loadavg()[0]?.toFixed(1)}, ${options.rounds} rounds`);
  const dataDirectory = await mkdtemp(join(tmpdir(), 'nestarc-bench-'));
  const server = await startEmbeddedPostgres({ dataDirectory, durable: false, stopOnExit: true, settings: SETTINGS });
  try {
    await using databases = await createBenchDatabases(server.adminUrl);
    const reads = await measureReads(databases, options);
    const figures: Figures = { reads, ...(await measureCascades(databases, options)) };
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(figures, null, 2)}\n`);
    console.log(`\n${tables(figures)}`);
    console.log(resultLine(figures));
  } finally {
    await server.stop();
    await rm(dataDirectory, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  try {
    await run(readOptions(process.argv.slice(2)));
  } catch (error) {
    console.error(error instanceof UsageError ? error.message : error);
    process.exitCode = 1;
  }
}

void main();
