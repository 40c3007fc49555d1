// @ts-check
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { installStamp } from './install-stamp.mjs';
import { checkNodeVersion } from './node-version.mjs';
import { runNpm } from './npm.mjs';
import { root } from './root.mjs';

/**
 * The part of a package-lock.json that is read.
 *
 * @typedef {object} Lock
 * @property {Record<string, { version?: string, optional?: boolean, link?: boolean }>} packages
 */

const lockFile = path.join(root, 'package-lock.json');
/** npm writes it as the last thing it does, so it tells what is installed. */
const installedLockFile = path.join(root, 'node_modules/.package-lock.json');

/** Installs the dependencies, unless exactly these are installed already. */
export async function ensureInstalled() {
  checkNodeVersion();
  const stamp = installStamp(root);
  if (stamp.isCurrent()) return;
  if (!isInstalled(JSON.parse(readFileSync(lockFile, 'utf8')))) await install();
  stamp.write();
}

/**
 * Compares what npm has installed with what should be: somebody may have run npm by hand.
 *
 * @param {Lock} wanted
 */
function isInstalled(wanted) {
  if (!existsSync(installedLockFile)) return false;
  const { packages: found } = /** @type {Lock} */ (JSON.parse(readFileSync(installedLockFile, 'utf8')));
  const { '': _, ...packages } = wanted.packages;
  // Workspaces stand in the lock by themselves and as links; other platforms' packages are left out.
  const isComplete = Object.entries(packages).every(([name, { version, optional }]) => {
    return found[name] ? found[name].version === version : optional;
  });
  return isComplete && Object.keys(found).every((name) => name in packages);
}

async function install() {
  const startedAt = performance.now();
  console.log('Installing dependencies (npm ci) …');
  await runNpm(['ci']);
  console.log(`Installed in ${((performance.now() - startedAt) / 1000).toFixed(0)} s.`);
}
