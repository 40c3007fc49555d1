// @ts-check
import { spawn } from 'node:child_process';
import { root } from './root.mjs';

/** @type {readonly NodeJS.Signals[]} */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** A program that did not end well, with what it has printed. */
export class ProgramFailed extends Error {
  /**
   * @param {string} message - which program, and how it ended
   * @param {number} exitCode - the exit code to hand on
   */
  constructor(message, exitCode) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * How a program is run.
 *
 * @typedef {object} ProgramOptions
 * @property {NodeJS.ProcessEnv} [env] - variables on top of the environment
 * @property {boolean} [quiet] - keeps the output back unless the program fails
 */

/**
 * Runs a program in the root of the clone, and ends it when this process is told to end.
 *
 * @param {string} file - the program
 * @param {readonly string[]} args - its arguments, passed without a shell
 * @param {ProgramOptions} [options] - how
 * @returns {Promise<void>} rejects when it fails
 */
export function runProgram(file, args, { env = {}, quiet = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk));
    // A signal from elsewhere reaches only this process; one of the terminal reaches the program twice, and does no harm.
    const forward = (/** @type {NodeJS.Signals} */ received) => child.kill(received);
    for (const signal of SIGNALS) process.on(signal, forward);
    child.on('error', reject);
    child.on('close', (code, endedBy) => {
      for (const signal of SIGNALS) process.off(signal, forward);
      if (code === 0) return resolve();
      if (output) process.stderr.write(output);
      const end = endedBy ? `was ended by ${endedBy}` : `ended with exit code ${code}`;
      reject(new ProgramFailed(`${[file, ...args].join(' ')} ${end}`, code ?? 1));
    });
  });
}
