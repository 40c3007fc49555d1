// @ts-check
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './root.mjs';

/**
 * Tells whether a version of Node.js lies in a range.
 *
 * @param {string} version - such as `20.19.0`
 * @param {string} range - alternatives of the forms `^20.19.0` and `>=24.0.0`, joined by `||`
 */
export function satisfies(version, range) {
  return range.split('||').some((alternative) => {
    const [, operator, lowest = ''] = /^(\^|>=)(.+)$/.exec(alternative.trim()) ?? [];
    if (operator === undefined) throw new Error(`cannot read the version range "${range}"`);
    const sameMajor = major(version) === major(lowest);
    return compare(version, lowest) >= 0 && (operator === '>=' || sameMajor);
  });
}

/** Throws, in words of its own, when this Node.js is not one that the repository supports. */
export function checkNodeVersion() {
  const { engines } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  if (satisfies(process.versions.node, engines.node)) return;
  throw new Error(`Node.js ${process.versions.node} is not supported: use a version in ${engines.node}`);
}

/** @param {string} version */
function major(version) {
  return Number(version.split('.')[0]);
}

/**
 * @param {string} a
 * @param {string} b
 */
function compare(a, b) {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let index = 0; index < 3; index++) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
