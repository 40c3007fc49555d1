import { parseArgs, type ParseArgsConfig } from 'node:util';

/** Thrown for a command line that makes no sense. */
export class UsageError extends Error {
  /**
   * @param problem - what is wrong
   * @param usage - what the command line takes
   */
  constructor(problem: string, usage: string) {
    super(`${problem}\n\n${usage}`);
    this.name = 'UsageError';
  }
}

/**
 * Reads the words of a command line.
 *
 * @param args - the words
 * @param options - what there is, as `parseArgs` takes it
 * @param usage - what the command line takes
 * @throws {@link UsageError} naming the option that is wrong
 */
export function readCommandLine<const T extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: T,
  usage: string,
): ReturnType<typeof parseArgs<{ options: T }>>['values'] {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), usage);
  }
}

/**
 * Reads how often something is measured.
 *
 * @param text - the value of `--rounds`; undefined when it was not given
 * @param otherwise - what it is then
 * @param usage - what the command line takes
 * @throws {@link UsageError} when it is no number from 1
 */
export function roundsOf(text: string | undefined, otherwise: number, usage: string): number {
  const count = text === undefined ? otherwise : Number(text);
  if (!Number.isInteger(count) || count < 1) throw new UsageError('--rounds is a number from 1', usage);
  return count;
}
