// @ts-check
import { ProgramFailed } from './program.mjs';

/**
 * Runs the work of a script; an error is printed without its stack and becomes the exit code.
 *
 * @param {() => Promise<void>} work
 */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = error instanceof ProgramFailed ? error.exitCode : 1;
  }
}
