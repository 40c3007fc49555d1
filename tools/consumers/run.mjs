// @ts-check
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { packAll } from '../guards/pack/tarballs.mjs';
import { readPackages } from '../guards/workspace.mjs';
import { ensureInstalled, main, root, runProgram } from '../lib/index.mjs';
import { Application } from './application.mjs';
import { consumerNames, consumerReport } from './reports.mjs';

/**
 * Tests the applications in `fixtures` with the packages as they would be published, outside of the repository. Names on
 * the command line choose among them.
 *
 * @param {readonly string[]} chosen
 */
async function runConsumers(chosen) {
  const names = consumerNames().filter((name) => chosen.length === 0 || chosen.includes(name));
  if (names.length < Math.max(chosen.length, 1)) throw new Error(`There are: ${consumerNames().join(', ')}`);
  mkdirSync(path.dirname(consumerReport('any')), { recursive: true });
  for (const name of names) rmSync(consumerReport(name), { force: true });
  await buildPackages();
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'nestarc-consumers-')));
  try {
    const tarballs = await packAll(root, folder);
    const applications = names.map((name) => new Application(name, folder));
    const installed = await Promise.all(
      applications.map((application) => attempt(application, 'installed', () => application.install(tarballs))),
    );
    const verified = await verifyAll(applications.filter((_, index) => installed[index]));
    if (verified < names.length) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Packing takes what was compiled: it must not be older than the sources. */
async function buildPackages() {
  await ensureInstalled();
  const folders = readPackages(root).map(({ folder }) => folder);
  await runProgram(process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc'), '-b', ...folders]);
}

/**
 * @param {readonly Application[]} applications
 * @returns {Promise<number>} how many are as they should be
 */
async function verifyAll(applications) {
  const { startTestServer } = await import('@nestarc/testing');
  const server = await startTestServer();
  let verified = 0;
  try {
    // One after the other: each runs its tests in as many processes as there are cores.
    for (const application of applications) {
      if (await attempt(application, '', () => verify(application, server.adminUrl))) verified++;
    }
  } finally {
    await server.stop();
  }
  return verified;
}

/**
 * @param {Application} application
 * @param {string} adminUrl
 */
async function verify(application, adminUrl) {
  await application.generate();
  await application.checkTypes();
  return `client generated, types checked, ${await application.test(adminUrl)} passed`;
}

/**
 * @param {Application} application
 * @param {string} done
 * @param {() => Promise<string | void>} work
 */
async function attempt({ name }, done, work) {
  const startedAt = performance.now();
  const seconds = () => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  try {
    const outcome = await work();
    console.log(`✓ ${name}: ${outcome ?? done}, ${seconds()}`);
    return true;
  } catch (error) {
    console.log(`✗ ${name} failed after ${seconds()}: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}

await main(() => runConsumers(process.argv.slice(2)));
