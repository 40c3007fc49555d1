import { PLATFORMS } from '@nestarc/testing';
import { writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { UsageError } from '../measure/command-line';
import { median } from '../measure/statistics';
import { measureSlice } from '../measure/throughput';
import { CONTENDERS } from './contenders';
import type { Turn } from './figures';
import { readOptions, type RequestBenchOptions } from './request-bench.options';
import { Server } from './server';
import { resultLine, table } from './table';

const AT_ONCE = 10;

async function takeTurn(server: Server, round: number, options: RequestBenchOptions): Promise<Turn> {
  const request = (): Promise<void> => server.request();
  const cpuUs = await server.cpuUs(options.requests);
  const { throughput } = await measureSlice(request, AT_ONCE, options.sliceMs);
  const alone = await measureSlice(request, 1, options.sliceMs);
  const { platform, contender } = server;
  return { platform, contender, round, cpuUs, throughput, latencyUs: median(alone.latenciesMs) * 1000 };
}

async function measure(servers: readonly Server[], options: RequestBenchOptions): Promise<Turn[]> {
  for (const server of servers) {
    await server.cpuUs(options.requests);
    await measureSlice(() => server.request(), AT_ONCE, options.sliceMs);
  }
  const turns: Turn[] = [];
  for (let round = 0; round < options.rounds; round++) {
    // Who was first in one round is last in the next.
    const order = round % 2 === 0 ? servers : [...servers].reverse();
    for (const server of order) turns.push(await takeTurn(server, round, options));
  }
  return turns;
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  console.log(`${cpus().length} processors, load ${loadavg()[0]?.toFixed(1)}, Node.js ${process.version}`);
  const turns: Turn[] = [];
  // One platform after the other: processes that only wait cost little, but not nothing.
  for (const platform of PLATFORMS) {
    const servers = await Promise.all(CONTENDERS.map((contender) => Server.start(platform, contender)));
    try {
      turns.push(...(await measure(servers, options)));
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  }
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(turns, null, 2)}\n`);
  console.log(`\n${table(turns)}`);
  console.log(resultLine(turns));
}

main().catch((error: unknown) => {
  console.error(error instanceof UsageError ? error.message : error);
  process.exitCode = 1;
});
