import { readCommandLine, roundsOf } from '../measure/command-line';

/** How the bench is run. */
export interface SoftDeleteBenchOptions {
  /** How often all contenders take their turn. */
  readonly rounds: number;
  /** How long a turn at a read takes, in milliseconds. */
  readonly sliceMs: number;
  /** How many trees are deleted in a turn. */
  readonly trees: number;
  /** File that takes all figures as JSON; absent for none. */
  readonly json: string | undefined;
}

const ROUNDS = 9;

/** What the command line takes. */
export const USAGE = `npm run bench -- soft-delete [--quick] [--rounds <number>] [--json <file>]

  --quick     looks whether it works, in seconds; the figures mean nothing
  --rounds    how often all is measured (default: ${ROUNDS})
  --json      writes all figures to a file`;

const OPTIONS = { quick: { type: 'boolean' }, rounds: { type: 'string' }, json: { type: 'string' } } as const;

/**
 * Reads the command line.
 *
 * @param args - its words
 * @throws UsageError naming the option that is wrong
 */
export function readOptions(args: readonly string[]): SoftDeleteBenchOptions {
  const { quick = false, rounds, json } = readCommandLine(args, OPTIONS, USAGE);
  const extent = quick ? { sliceMs: 20, trees: 2 } : { sliceMs: 400, trees: 20 };
  return { rounds: roundsOf(rounds, quick ? 1 : ROUNDS, USAGE), json, ...extent };
}
