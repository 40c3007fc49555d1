import { type Platform, PLATFORMS } from '@nestarc/testing';
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

/** Whatever else happens on the machine only adds to what a request costs. */
const SLICES = 4;

async function takeTurn(server: Server, round: number, options: RequestBenchOptions): Promise<Turn> {
  const request = (): Promise<void> => server.request();
  const slices: number[] = [];
  for (let slice = 0; slice < SLICES; slice++) slices.push(await server.cpuUs(options.requests / SLICES));
  const { throughput } = await measureSlice(request, AT_ONCE, options.sliceMs);
  const alone = await measureSlice(request, 1, options.sliceMs);
  const { platform, contender } = server;
  return {
    platform,
    contender,
    round,
    cpuUs: Math.min(...slices),
    throughput,
    latencyUs: median(alone.latenciesMs) * 1000,
  };
}

/**
 * Each round has processes of its own: what V8 makes of the same code differs from one to the next by a fifth, which is as much
 * as what is measured.
 */
async function measureRound(platform: Platform, round: number, options: RequestBenchOptions): Promise<Turn[]> {
  // Who was first in one round is last in the next.
  const order = round % 2 === 0 ? CONTENDERS : [...CONTENDERS].reverse();
  const servers = await Promise.all(order.map((contender) => Server.start(platform, contender)));
  try {
    for (const server of servers) {
      await server.cpuUs(options.requests);
      await measureSlice(() => server.request(), AT_ONCE, options.sliceMs);
    }
    const turns: Turn[] = [];
    for (const server of servers) turns.push(await takeTurn(server, round, options));
    return turns;
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  console.log(`${cpus().length} processors, load ${loadavg()[0]?.toFixed(1)}, Node.js ${process.version}`);
  const turns: Turn[] = [];
  // One platform after the other: processes that only wait cost little, but not nothing.
  for (const platform of PLATFORMS) {
    for (let round = 0; round < options.rounds; round++) {
      process.stderr.write(`${platform}, round ${round + 1} of ${options.rounds}\n`);
      turns.push(...(await measureRound(platform, round, options)));
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
