// @ts-check
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { installStamp } from './install-stamp.mjs';
import { runNpm } from './npm.mjs';
import { root } from './root.mjs';

/** Each folder is an installation of its own: versions that cannot stand beside those of the root. */
const MATRIX = path.join(root, 'tools/matrix');

/** Installs the further versions that the tests run against; users who only start the application need none of them. */
export async function ensureMatrixInstalled() {
  for (const name of readdirSync(MATRIX)) {
    const folder = path.join(MATRIX, name);
    if (existsSync(path.join(folder, 'package-lock.json'))) await ensureFolderInstalled(folder, name);
  }
}

/**
 * @param {string} folder
 * @param {string} name
 */
async function ensureFolderInstalled(folder, name) {
  const stamp = installStamp(folder);
  if (stamp.isCurrent()) return;
  console.log(`Installing ${name} (npm ci) …`);
  await runNpm(['ci', '--prefix', folder, '--workspaces=false']);
  stamp.write();
}
