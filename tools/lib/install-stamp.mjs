// @ts-check
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Remembers, in the installation itself, from which lock file it was made.
 *
 * @param {string} folder - folder with a package-lock.json and, once installed, node_modules
 */
export function installStamp(folder) {
  const file = path.join(folder, 'node_modules/.nestarc-install');
  const lock = readFileSync(path.join(folder, 'package-lock.json'), 'utf8');
  const stamp = createHash('sha256').update(`${lock}${process.platform}${process.arch}`).digest('hex');
  return {
    isCurrent: () => existsSync(file) && readFileSync(file, 'utf8') === stamp,
    write: () => writeFileSync(file, stamp),
  };
}
