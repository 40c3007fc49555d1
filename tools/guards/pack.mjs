// @ts-check
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root as repository } from '../lib/root.mjs';
import { report } from './guard.mjs';
import { installConsumer, loadProblems, typeProblems } from './pack/consumer.mjs';
import { publintProblems, typesProblems } from './pack/lint.mjs';
import { outputOf } from './pack/npm.mjs';
import { contentProblems, packAll } from './pack/tarballs.mjs';

/** @typedef {import('./pack/tarballs.mjs').Tarball} Tarball */

/**
 * Packs every public package, looks into the tarballs, and uses them from an empty folder outside of the repository.
 *
 * @param {string} root - folder of the repository, already built
 * @returns {Promise<import('./guard.mjs').GuardResult & { unit: string }>}
 */
export async function checkPack(root) {
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'nestarc-pack-')));
  try {
    const tarballs = await packAll(root, folder);
    const problems = (await Promise.all(tarballs.map(tarballProblems))).flat();
    const specifiers = tarballs.flatMap(({ workspace }) => workspace.entryPoints.map(({ specifier }) => specifier));
    if (tarballs.length > 0) {
      const found = await consumerProblems(root, tarballs, specifiers, path.join(folder, 'consumer'));
      problems.push(...found.map((message) => ({ file: 'packages', message })));
    }
    return { looked: tarballs.length, unit: 'tarballs', problems, note: `${specifiers.length} entry points` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {Tarball} tarball
 * @returns {Promise<import('./guard.mjs').Problem[]>}
 */
async function tarballProblems({ workspace, file, contents }) {
  const messages = [...contentProblems(contents), ...(await publintProblems(file)), ...(await typesProblems(file))];
  return messages.map((message) => ({ file: `${workspace.folder}/package.json`, message }));
}

/**
 * @param {string} root
 * @param {readonly Tarball[]} tarballs
 * @param {readonly string[]} specifiers
 * @param {string} folder
 * @returns {Promise<string[]>}
 */
async function consumerProblems(root, tarballs, specifiers, folder) {
  try {
    await installConsumer(root, tarballs, folder);
  } catch (error) {
    return [`cannot be installed into an empty folder: ${outputOf(error)}`];
  }
  return [...(await loadProblems(specifiers, folder)), ...typeProblems(specifiers, folder)];
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (!existsSync(path.join(repository, 'packages/core/dist'))) throw new Error('Run "npm run build" first');
  if (!report('pack', await checkPack(repository), console.log)) process.exitCode = 1;
}
