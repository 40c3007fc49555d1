// @ts-check
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Folders that hold what programs made, not what people wrote. */
const MADE = new Set(['node_modules', 'dist', 'generated', 'coverage', '.git', '.nestarc']);

/**
 * Lists the files below folders, leaving out what is generated.
 *
 * @param {string} root - folder of the repository
 * @param {readonly string[]} folders - where to look, relative to the root; missing ones are passed over
 * @param {(file: string) => boolean} [accept] - which files to keep; the path is relative to the root
 * @returns {string[]} paths relative to the root, with forward slashes, sorted
 */
export function listFiles(root, folders, accept = () => true) {
  return folders
    .filter((folder) => existsSync(path.join(root, folder)))
    .flatMap((folder) => walk(root, folder === '.' ? '' : folder))
    .filter(accept)
    .sort();
}

/**
 * @param {string} root
 * @param {string} folder
 * @returns {string[]}
 */
function walk(root, folder) {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return MADE.has(entry.name) ? [] : walk(root, file);
    return entry.isFile() ? [file] : [];
  });
}

/**
 * Lists the folders directly below a folder.
 *
 * @param {string} root - folder of the repository
 * @param {string} folder - where to look, relative to the root
 * @returns {string[]} names, sorted
 */
export function listFolders(root, folder) {
  if (!existsSync(path.join(root, folder))) return [];
  return readdirSync(path.join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !MADE.has(entry.name))
    .map((entry) => entry.name)
    .sort();
}

/**
 * @param {string} root - folder of the repository
 * @param {string} file - path relative to the root
 */
export function readText(root, file) {
  return readFileSync(path.join(root, file), 'utf8');
}
