// @ts-check
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { outputOf, run } from '../guards/pack/npm.mjs';
import { PRISMA_ENGINES } from '../lib/index.mjs';
import { readTotals } from '../verify/totals.mjs';
import { installationProblems } from './installed.mjs';
import { CONTRACT, FIXTURES, consumerReport } from './reports.mjs';

/** A peer that does not fit is a failure, whatever the user's own npm is told. */
const ALWAYS = [
  ...['--strict-peer-deps', '--legacy-peer-deps=false', '--force=false'],
  ...['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'],
];

/** How each test runner is told to run once and to write a report; vitest's has the form of jest's. */
const RUNNERS = {
  jest: { script: 'node_modules/jest/bin/jest.js', args: ['--ci', '--cacheDirectory=.jest', '--json'] },
  vitest: { script: 'node_modules/vitest/vitest.mjs', args: ['run', '--reporter=default', '--reporter=json'] },
};

/** An application that was copied out of the repository, where it can see nothing but what it installs. */
export class Application {
  /**
   * @param {string} name - folder in `fixtures`
   * @param {string} parent - folder outside of the repository that it is put in
   */
  constructor(name, parent) {
    this.name = name;
    this.folder = path.join(parent, name);
    mkdirSync(this.folder);
    const own = path.join(FIXTURES, name);
    cpSync(own, this.folder, { recursive: true, filter: (file) => path.basename(file) !== 'node_modules' });
    cpSync(CONTRACT, path.join(this.folder, 'test/contract'), { recursive: true });
    this.manifest = this.#readJson('package.json');
  }

  /**
   * Installs what the lock file says, then our packages, as a user adds them.
   *
   * @param {readonly import('../guards/pack/tarballs.mjs').Tarball[]} tarballs - our packages
   */
  async install(tarballs) {
    const files = tarballs.map(({ file }) => file);
    await this.#run('npm', ['ci', ...ALWAYS]);
    await this.#run('npm', ['install', '--no-save', '--no-package-lock', ...ALWAYS, ...files]);
    const problems = installationProblems({
      locked: this.#readJson('package-lock.json'),
      installed: this.#readJson('node_modules/.package-lock.json'),
      overrides: this.manifest.overrides ?? {},
      packages: tarballs.map(({ workspace }) => workspace.manifest.name ?? ''),
    });
    if (problems.length > 0) throw new Error(problems.join('\n'));
  }

  /** Generates the Prisma client to where Prisma puts it by default. */
  async generate() {
    await this.#node(
      'node_modules/prisma/build/index.js',
      ['generate', '--schema', 'prisma/schema.prisma'],
      PRISMA_ENGINES,
    );
  }

  /** Lets the application's own compiler look at it. */
  async checkTypes() {
    await this.#node('node_modules/typescript/bin/tsc', ['--noEmit', '--project', '.']);
  }

  /**
   * Runs the tests.
   *
   * @param {string} adminUrl - connection string of the superuser of a server
   * @returns {Promise<number>} how many passed
   */
  async test(adminUrl) {
    const report = consumerReport(this.name);
    const { script, args } = 'jest' in this.manifest.devDependencies ? RUNNERS.jest : RUNNERS.vitest;
    await this.#node(script, [...args, `--outputFile=${report}`], { NESTARC_TEST_ADMIN_URL: adminUrl });
    const { passed, failed, skipped } = readTotals(report);
    if (passed === 0) throw new Error('no test was executed');
    if (failed + skipped > 0) throw new Error(`${failed} tests failed, ${skipped} were skipped`);
    return passed;
  }

  /**
   * @param {string} script
   * @param {readonly string[]} args
   * @param {NodeJS.ProcessEnv} [variables]
   */
  #node(script, args, variables) {
    return this.#run(process.execPath, [script, ...args], variables);
  }

  /**
   * @param {string} program
   * @param {readonly string[]} args
   * @param {NodeJS.ProcessEnv} [variables]
   */
  async #run(program, args, variables) {
    try {
      await run(program, args, this.folder, variables);
    } catch (error) {
      throw new Error(`${[program, ...args].join(' ')}\n${outputOf(error)}`, { cause: error });
    }
  }

  /** @param {string} file */
  #readJson(file) {
    return JSON.parse(readFileSync(path.join(this.folder, file), 'utf8'));
  }
}
