import { readCommandLine, roundsOf } from '../measure/command-line';

/** How the bench is run. */
export interface RequestBenchOptions {
  /** How often all contenders take their turn. */
  readonly rounds: number;
  /** How many requests without a socket a turn has. */
  readonly requests: number;
  /** How long a turn over HTTP takes, in milliseconds. */
  readonly sliceMs: number;
  /** File that takes all figures as JSON; absent for none. */
  readonly json: string | undefined;
}

const ROUNDS = 11;

/** What the command line takes. */
export const USAGE = `npm run bench -- request [--quick] [--rounds <number>] [--json <file>]

  --quick     looks whether it works, in seconds; the figures mean nothing
  --rounds    how often all is measured (default: ${ROUNDS})
  --json      writes all figures to a file`;

/**
 * Reads the command line.
 *
 * @param args - its words
 * @throws {@link UsageError} naming the option that is wrong
 */
export function readOptions(args: readonly string[]): RequestBenchOptions {
  const { quick = false, rounds, json } = readCommandLine(args, OPTIONS, USAGE);
  const extent = quick ? { requests: 200, sliceMs: 20 } : { requests: 10_000, sliceMs: 300 };
  return { rounds: roundsOf(rounds, quick ? 1 : ROUNDS, USAGE), json, ...extent };
}

const OPTIONS = { quick: { type: 'boolean' }, rounds: { type: 'string' }, json: { type: 'string' } } as const;
