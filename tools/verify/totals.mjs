// @ts-check
import { existsSync, readFileSync } from 'node:fs';

/**
 * The part that is read of what the json reporters of vitest and jest write.
 *
 * @typedef {object} Report
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {readonly { status: string, assertionResults: readonly unknown[] }[]} testResults
 */

/**
 * How a test run went.
 *
 * @typedef {object} Totals
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 */

/**
 * Counts the tests of a run. A file that could not even be loaded counts as one failed test.
 *
 * @param {Report} report - what vitest wrote
 * @returns {Totals}
 */
export function totalsOf({ numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults }) {
  const unloadable = testResults.filter(({ status, assertionResults }) => {
    return status === 'failed' && assertionResults.length === 0;
  });
  return {
    passed: numPassedTests,
    failed: numFailedTests + unloadable.length,
    skipped: numPendingTests + numTodoTests,
  };
}

/**
 * Reads the totals of a run from the file of the json reporter; a run that wrote none executed nothing.
 *
 * @param {string} file - path of the report
 * @returns {Totals}
 */
export function readTotals(file) {
  if (!existsSync(file)) return { passed: 0, failed: 0, skipped: 0 };
  return totalsOf(/** @type {Report} */ (JSON.parse(readFileSync(file, 'utf8'))));
}

/**
 * Reads the totals of several runs as one.
 *
 * @param {readonly string[]} files - paths of the reports
 * @returns {Totals}
 */
export function readAllTotals(files) {
  const all = files.map(readTotals);
  /** @param {keyof Totals} key */
  const sum = (key) => all.reduce((total, totals) => total + totals[key], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}

/**
 * Writes totals the way test runners close a run.
 *
 * @param {Totals} totals - how the run went
 */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
