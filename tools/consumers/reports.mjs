// @ts-check
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { root } from '../lib/root.mjs';

/** Where the applications lie, each in a folder of its own. */
export const FIXTURES = path.join(root, 'fixtures');

/** The tests that all applications have; each finds them in `test/contract`. */
export const CONTRACT = path.join(FIXTURES, 'contract');

/** Gives the names of the applications. */
export function consumerNames() {
  return readdirSync(FIXTURES)
    .filter((name) => existsSync(path.join(FIXTURES, name, 'package-lock.json')))
    .sort();
}

/**
 * Tells where the report on an application's tests is written to.
 *
 * @param {string} name - name of the application
 */
export function consumerReport(name) {
  return path.join(root, '.nestarc/consumers', `${name}.json`);
}

/** Tells where the reports on all applications are written to. */
export function consumerReports() {
  return consumerNames().map(consumerReport);
}
