// @ts-check
import { rmSync } from 'node:fs';
import path from 'node:path';
import {
  build,
  ensureInstalled,
  ensureMatrixInstalled,
  generateClients,
  generateMatrixClients,
  root,
  runProgram,
} from './lib/index.mjs';
import { consumerReports } from './consumers/reports.mjs';
import { runSteps } from './verify/steps.mjs';
import { closingLine, readAllTotals, readTotals } from './verify/totals.mjs';

// `npm test` verifies everything, starting from nothing but a clone; `npm test -- <filters>` only runs matching tests.
const filters = process.argv.slice(2);
const results = path.join(root, '.nestarc/test-results.json');
const tsc = 'node_modules/typescript/bin/tsc';

/** @type {(script: string, ...args: string[]) => Promise<void>} */
const node = (script, ...args) => runProgram(process.execPath, [path.join(root, script), ...args]);

async function runTests() {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
  await node('node_modules/vitest/vitest.mjs', 'run', ...reporters, ...filters);
  const { passed, failed } = readTotals(results);
  if (passed + failed === 0) throw new Error('no test was executed');
}

async function checkTypes() {
  await Promise.all([node(tsc, '-p', 'tsconfig.test.json'), node(tsc, '-p', 'tools')]);
}

/** @type {import('./verify/steps.mjs').Step[]} */
const preparation = [
  { name: 'install', run: ensureInstalled },
  { name: 'install further versions', run: ensureMatrixInstalled },
  { name: 'generate clients', run: generateClients },
  { name: 'generate clients of Prisma 5 and 6', run: generateMatrixClients },
  { name: 'build', run: build },
];

/** @type {import('./verify/steps.mjs').Step} */
const tests = { name: 'tests', run: runTests };

/** @type {import('./verify/steps.mjs').Step[]} */
const everything = [
  ...preparation,
  { name: 'types of tests and tools', run: checkTypes },
  { name: 'lint', run: () => node('node_modules/eslint/bin/eslint.js', '.', '--max-warnings', '0') },
  {
    name: 'format',
    run: () => node('node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'),
  },
  { name: 'guards', run: () => node('tools/guards/run.mjs') },
  tests,
  { name: 'packed packages', run: () => node('tools/guards/pack.mjs') },
  { name: 'consumers', run: () => node('tools/consumers/run.mjs') },
];

// A run that fails early must not close with the totals of an earlier one.
for (const report of [results, ...consumerReports()]) rmSync(report, { force: true });
const passed = await runSteps(filters.length > 0 ? [...preparation, tests] : everything);
console.log(`\n${closingLine(readAllTotals([results, ...consumerReports()]))}`);
if (!passed) process.exitCode = 1;
