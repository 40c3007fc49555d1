import type { TenancyService } from '@nestarc/tenancy';
import { quantile } from '../measure/statistics';
import { measureSlice, type Slice } from '../measure/throughput';
import type { BenchOptions } from './bench.options';
import { type Cell, CELLS, type Network, NETWORKS, PROMISED, turnsAt } from './cell';
import { type Contender, CONTENDER_NAMES, createContender } from './contenders';
import { countCosts } from './costs';
import type { BenchUrls } from './database';
import type { CellFigures, Figures } from './figures';
import { OPERATION_NAMES, performOnce } from './operations';
import type { PrismaInstallation } from './prisma-installation';

/** What is measured, and where. */
export interface Measurement {
  /** Connection strings by network. */
  readonly urls: Readonly<Record<Network, BenchUrls>>;
  /** How long and how often. */
  readonly options: BenchOptions;
}

type Contenders = Readonly<Record<Network, readonly Contender[]>>;

/**
 * Measures the contenders with one version of Prisma.
 *
 * @param prisma - the version of Prisma
 * @param measurement - what and where
 * @param tenancy - the service of `TenancyModule`
 * @throws WrongRowsError when a contender reads or writes other rows than it should
 */
export async function measure(
  prisma: PrismaInstallation,
  { urls, options }: Measurement,
  tenancy: TenancyService,
): Promise<Figures> {
  const costs = await countCosts(prisma, urls.loopback, tenancy);
  const make = (network: Network): Contender[] =>
    CONTENDER_NAMES.map((name) => createContender(name, prisma, urls[network], tenancy));
  const contenders: Contenders = { loopback: make('loopback'), delayed: make('delayed') };
  try {
    await warmUp(contenders, options);
    const progress = (round: number): void => {
      process.stderr.write(`Prisma ${prisma.version}, round ${round + 1} of ${options.rounds}\n`);
    };
    const slices = await takeTurns(contenders, options, progress);
    return { prisma: prisma.version, cells: [...slices].flatMap(([cell, turns]) => summarise(cell, turns)), costs };
  } finally {
    for (const { client } of NETWORKS.flatMap((network) => contenders[network])) await client.$disconnect();
  }
}

async function warmUp(contenders: Contenders, { durations }: BenchOptions): Promise<void> {
  for (const network of NETWORKS) {
    for (const operation of OPERATION_NAMES) {
      for (const contender of contenders[network]) {
        const operate = (run: number): Promise<void> => performOnce(contender, operation, run);
        await measureSlice(operate, PROMISED.concurrency, durations.warmUpMs);
      }
    }
  }
}

/**
 * Contenders take turns at a cell, and the first of one turn is the last of the next, so that a slow moment of the machine
 * hits everyone. All cells have had a round before any has its next.
 */
async function takeTurns(
  contenders: Contenders,
  { rounds, durations }: BenchOptions,
  onRound: (round: number) => void,
): Promise<Map<Cell, Slice[][]>> {
  const slices = new Map(CELLS.map((cell) => [cell, CONTENDER_NAMES.map((): Slice[] => [])]));
  for (let round = 0; round < rounds; round++) {
    onRound(round);
    for (const [cell, taken] of slices) {
      const { count, sliceMs } = turnsAt(cell, durations);
      for (let turn = 0; turn < count; turn++) {
        await takeTurn(contenders[cell.network], cell, { first: round + turn, sliceMs, taken });
      }
    }
  }
  return slices;
}

interface Turn {
  readonly first: number;
  readonly sliceMs: number;
  readonly taken: readonly Slice[][];
}

async function takeTurn(contenders: readonly Contender[], cell: Cell, { first, sliceMs, taken }: Turn): Promise<void> {
  for (let offset = 0; offset < contenders.length; offset++) {
    const index = (first + offset) % contenders.length;
    const contender = contenders[index];
    if (contender === undefined) continue;
    const operate = (run: number): Promise<void> => performOnce(contender, cell.operation, run);
    taken[index]?.push(await measureSlice(operate, cell.concurrency, sliceMs));
  }
}

function summarise(cell: Cell, turns: readonly (readonly Slice[])[]): CellFigures[] {
  return CONTENDER_NAMES.map((contender, index) => {
    const slices = turns[index] ?? [];
    const latencies = slices.flatMap(({ latenciesMs }) => latenciesMs);
    return {
      ...cell,
      contender,
      throughputs: slices.map(({ throughput }) => throughput),
      p50Ms: quantile(latencies, 0.5),
      p99Ms: quantile(latencies, 0.99),
    };
  });
}
