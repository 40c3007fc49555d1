import { readCommandLine, roundsOf, UsageError } from '../measure/command-line';
import type { PrismaMajor } from './prisma-installation';

/** How the bench is run. */
export interface BenchOptions {
  /** Versions of Prisma to measure, one after the other. */
  readonly prisma: readonly PrismaMajor[];
  /** How often all cells are measured. */
  readonly rounds: number;
  /** How long things take. */
  readonly durations: Durations;
  /** File that takes all figures as JSON; absent for none. */
  readonly json: string | undefined;
  /** File that takes the figures as a chart; absent for none. */
  readonly svg: string | undefined;
}

/** How long things take, in milliseconds. */
export interface Durations {
  /** A turn at a cell that is one of the promises, which has several of them in a round. */
  readonly promisedSliceMs: number;
  /** A turn at another cell. */
  readonly sliceMs: number;
  /** Doing an operation unmeasured until the compiler has seen it. */
  readonly warmUpMs: number;
}

const THOROUGH: Durations = { promisedSliceMs: 500, sliceMs: 300, warmUpMs: 700 };
const QUICK: Durations = { promisedSliceMs: 20, sliceMs: 20, warmUpMs: 20 };
const ROUNDS = 7;
const QUICK_ROUNDS = 1;

/** What the command line takes. */
export const USAGE = `npm run bench -- isolation [--quick] [--prisma 6|7] [--rounds <number>] [--json <file>] [--svg <file>]

  --quick     looks whether it works, in seconds; the figures mean nothing
  --prisma    measures one version of Prisma only (default: 7, then 6)
  --rounds    how often all is measured (default: ${ROUNDS})
  --json      writes all figures to a file
  --svg       writes a chart to a file`;

/**
 * Reads the command line.
 *
 * @param args - its words
 * @throws {@link UsageError} naming the option that is wrong
 */
export function readOptions(args: readonly string[]): BenchOptions {
  const { quick = false, prisma, rounds, json, svg } = readCommandLine(args, OPTIONS, USAGE);
  return {
    prisma: prisma === undefined ? [7, 6] : [majorOf(prisma)],
    rounds: roundsOf(rounds, quick ? QUICK_ROUNDS : ROUNDS, USAGE),
    durations: quick ? QUICK : THOROUGH,
    json,
    svg,
  };
}

const OPTIONS = {
  quick: { type: 'boolean' },
  prisma: { type: 'string' },
  rounds: { type: 'string' },
  json: { type: 'string' },
  svg: { type: 'string' },
} as const;

function majorOf(text: string): PrismaMajor {
  if (text === '6') return 6;
  if (text === '7') return 7;
  throw new UsageError('--prisma is 6 or 7', USAGE);
}
