// @ts-check
import { spawn } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

/**
 * Runs a JavaScript program of the repository, or of one of its dependencies, and shows what it prints.
 *
 * @param {string} file - the program, relative to the root
 * @param {readonly string[]} [args] - its arguments
 * @returns {Promise<void>} rejects when the program fails
 */
export function runProgram(file, args = []) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(root, file), ...args], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${[file, ...args].join(' ')} ended with ${signal ?? `exit code ${String(code)}`}`));
    });
  });
}
