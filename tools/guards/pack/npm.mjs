// @ts-check
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/**
 * Runs a program and gives what it printed. The environment is the user's, without what `npm run` adds: an npm inside an
 * npm would otherwise take the outer project for its own.
 *
 * @param {string} program - name of the program
 * @param {readonly string[]} args - its arguments
 * @param {string} cwd - where to run it
 * @param {NodeJS.ProcessEnv} [variables] - variables on top of the environment
 * @returns {Promise<string>} standard output
 */
export async function run(program, args, cwd, variables = {}) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([key]) => !/^(npm_(package|lifecycle)_|npm_config_local_prefix$|INIT_CWD$)/.test(key),
    ),
  );
  const { stdout } = await execute(program, args, {
    cwd,
    env: { ...env, ...variables },
    maxBuffer: 64 * 1024 * 1024,
    timeout: 300_000,
  });
  return stdout;
}

/**
 * Gives what a failed program said, which is worth more than the exception's own message.
 *
 * @param {unknown} error - what {@link run} threw
 */
export function outputOf(error) {
  const { stdout = '', stderr = '', message = String(error) } = /** @type {Partial<Record<string, string>>} */ (error);
  return `${stdout}${stderr}`.trim() || message;
}
