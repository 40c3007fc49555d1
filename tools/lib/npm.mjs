// @ts-check
import { runProgram } from './program.mjs';

// No dependency needs an install script, and two of them would download programs that are not used.
const ALWAYS = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

/**
 * Runs npm: the one that runs this program, if there is one.
 *
 * @param {readonly string[]} args - its arguments, beyond those that are always given
 */
export async function runNpm(args) {
  const npm = process.env['npm_execpath'];
  const [file, first] = npm ? [process.execPath, [npm]] : ['npm', []];
  // npm shows its progress on a terminal only.
  await runProgram(file, [...first, ...args, ...ALWAYS], { quiet: !process.stderr.isTTY });
}
