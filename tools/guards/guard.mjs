// @ts-check

/**
 * Something a guard found wrong.
 *
 * @typedef {object} Problem
 * @property {string} file - path relative to the root, with forward slashes
 * @property {number} [line] - line, counted from 1
 * @property {string} message - what is wrong and what to do instead
 */

/**
 * What a guard saw. A guard that looked at nothing has proved nothing, so the runner fails it.
 *
 * @typedef {object} GuardResult
 * @property {number} looked - how many files were read
 * @property {Problem[]} problems - what is wrong
 * @property {string} [note] - a figure worth printing beside the count
 */

/**
 * A rule of the repository that a program can check.
 *
 * @typedef {object} Guard
 * @property {string} name - what the runner prints
 * @property {(root: string) => GuardResult} check - looks at the repository in the given folder
 */

/**
 * Runs guards and prints one line each, then every problem.
 *
 * @param {readonly Guard[]} guards - the guards
 * @param {string} root - folder of the repository
 * @param {(line: string) => void} [print] - where the lines go
 * @returns {boolean} whether all of them looked at something and found nothing
 */
export function runGuards(guards, root, print = console.log) {
  return guards.map((guard) => report(guard.name, guard.check(root), print)).every(Boolean);
}

/**
 * Prints the outcome of one guard.
 *
 * @param {string} name - name of the guard
 * @param {GuardResult & { unit?: string }} result - what it saw; counted in files unless a unit is given
 * @param {(line: string) => void} print - where the lines go
 * @returns {boolean} whether it looked at something and found nothing
 */
export function report(name, { looked, problems, note, unit = 'files' }, print) {
  const suffix = note === undefined ? '' : ` (${note})`;
  print(`guard ${name}: looked at ${looked} ${unit}, ${problems.length} problems${suffix}`);
  if (looked === 0) print(`  guard ${name} found nothing to look at, which proves nothing: its paths are wrong`);
  for (const { file, line, message } of problems) print(`  ${file}${line === undefined ? '' : `:${line}`}  ${message}`);
  return looked > 0 && problems.length === 0;
}
