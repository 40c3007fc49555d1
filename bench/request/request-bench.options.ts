import { parseArgs } from 'node:util';

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

const ROUNDS = 15;

/** What the command line takes. */
export const USAGE = `npm run bench -- request [--quick] [--rounds <number>] [--json <file>]

  --quick     looks whether it works, in seconds; the figures mean nothing
  --rounds    how often all is measured (default: ${ROUNDS})
  --json      writes all figures to a file`;

/** Thrown for a command line that makes no sense. */
export class UsageError extends Error {
  constructor(problem: string) {
    super(`${problem}\n\n${USAGE}`);
    this.name = 'UsageError';
  }
}

/**
 * Reads the command line.
 *
 * @param args - its words
 * @throws {@link UsageError} naming the option that is wrong
 */
export function readOptions(args: readonly string[]): RequestBenchOptions {
  const { quick, rounds, json } = parse(args);
  const extent = quick ? { requests: 50, sliceMs: 20 } : { requests: 4_000, sliceMs: 300 };
  return { rounds: rounds === undefined ? (quick ? 1 : ROUNDS) : countOf(rounds), json, ...extent };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        json: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function countOf(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new UsageError('--rounds is a number from 1');
  return count;
}
