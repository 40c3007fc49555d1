import { readCommandLine, roundsOf } from '../measure/command-line';

/** How the bench is run. */
export interface AuditBenchOptions {
  /** How often all contenders take their turn. */
  readonly rounds: number;
  /** How often an operation on one row is done in a turn; those on 100 are done a tenth as often. */
  readonly operations: number;
  /** File that takes all figures as JSON; absent for none. */
  readonly json: string | undefined;
}

const ROUNDS = 9;

/** What the command line takes. */
export const USAGE = `npm run bench -- audit [--quick] [--rounds <number>] [--json <file>]

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
export function readOptions(args: readonly string[]): AuditBenchOptions {
  const { quick = false, rounds, json } = readCommandLine(args, OPTIONS, USAGE);
  return { rounds: roundsOf(rounds, quick ? 1 : ROUNDS, USAGE), json, operations: quick ? 20 : 600 };
}
