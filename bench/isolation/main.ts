import { startEmbeddedPostgres } from '@nestarc/postgres/embedded';
import { fork } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DelayProxy, startDelayProxy } from '../network/delay-proxy';
import { measureRoundTripTime } from '../network/round-trip-time';
import { UsageError } from '../measure/command-line';
import { type BenchOptions, readOptions } from './bench.options';
import { drawChart } from './chart';
import { type BenchDatabases, createBenchDatabases } from './database';
import type { Figures } from './figures';
import { checkListPlans } from './list-plan.check';
import type { MeasurementOrder } from './measurement.process';
import { POOL_SIZE } from './prisma-installation';
import { costTable, networkTables, spreadOfPromises } from './tables';
import { resultLine } from './result-line';

/** Delay in each direction. */
const DELAY_MS = 1;

/** Nothing but the contenders is to be at work on the server. */
const SETTINGS = { autovacuum: 'off', max_connections: '150' };

function measureInOwnProcess(order: MeasurementOrder): Promise<Figures> {
  return new Promise((resolve, reject) => {
    const child = fork(join(__dirname, 'measurement.process.js'));
    let figures: Figures | undefined;
    child.once('message', (message: Figures) => (figures = message));
    child.once('error', reject);
    child.once('exit', (code) => {
      if (figures !== undefined && code === 0) resolve(figures);
      else reject(new Error(`The measurement with Prisma ${order.major} failed`));
    });
    child.send(order);
  });
}

async function describeNetwork(direct: string, delayed: string): Promise<string> {
  const added = async (connections: number): Promise<string> => {
    const difference =
      (await measureRoundTripTime(delayed, connections)) - (await measureRoundTripTime(direct, connections));
    return difference.toFixed(2);
  };
  const once = await added(1);
  return `delayed: a round trip takes ${once} ms longer, with ${POOL_SIZE} at once ${await added(POOL_SIZE)} ms`;
}

async function compare(databases: BenchDatabases, proxy: DelayProxy, options: BenchOptions): Promise<Figures[]> {
  const { plain, isolated } = databases;
  const delayed = { plain: proxy.through(plain), isolated: proxy.through(isolated) };
  const network = await describeNetwork(plain, delayed.plain);
  const results: Figures[] = [];
  for (const [index, major] of options.prisma.entries()) {
    // What is promised is promised of the first; the next is for comparison.
    const rounds = index === 0 ? options.rounds : Math.ceil(options.rounds / 2);
    const urls = { loopback: { plain, isolated }, delayed };
    const figures = await measureInOwnProcess({ major, options: { ...options, rounds }, urls });
    for (const table of networkTables(figures)) console.log(`\n${table}`);
    console.log(`\n${costTable(figures)}\n\n${spreadOfPromises(figures)}`);
    results.push(figures);
  }
  console.log(`\n${network}`);
  return results;
}

async function run(options: BenchOptions): Promise<void> {
  const load = loadavg().map((value) => value.toFixed(1));
  console.log(
    `pool of ${POOL_SIZE}, ${options.rounds} rounds, ${cpus().length} processors, load before ${load.join(' ')}`,
  );
  const dataDirectory = await mkdtemp(join(tmpdir(), 'nestarc-bench-'));
  const server = await startEmbeddedPostgres({ dataDirectory, durable: false, stopOnExit: true, settings: SETTINGS });
  try {
    await using databases = await createBenchDatabases(server.adminUrl);
    await checkListPlans(databases);
    using proxy = await startDelayProxy(server.adminUrl, DELAY_MS);
    const results = await compare(databases, proxy, options);
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`);
    if (options.svg !== undefined) await writeFile(options.svg, drawChart(results));
    const [first] = results;
    if (first !== undefined) console.log(`\n${resultLine(first)}`);
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
