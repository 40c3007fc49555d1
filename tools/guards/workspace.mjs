// @ts-check
import { existsSync } from 'node:fs';
import path from 'node:path';
import { listFolders, readText } from './files.mjs';

/**
 * The fields of a package.json that the guards read.
 *
 * @typedef {object} Manifest
 * @property {string} [name]
 * @property {string} [version]
 * @property {boolean} [private]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [devDependencies]
 * @property {Record<string, string>} [peerDependencies]
 * @property {Record<string, { optional?: boolean }>} [peerDependenciesMeta]
 * @property {Record<string, string | Record<string, string>>} [exports]
 * @property {{ node?: string }} [engines]
 * @property {Record<string, string>} [scripts]
 */

/**
 * One door into a package.
 *
 * @typedef {object} EntryPoint
 * @property {string} specifier - what a user imports, such as `@nestarc/core/nest`
 * @property {string} source - the source file, relative to the root
 * @property {string} types - the declaration file, relative to the root
 */

/**
 * A package of the monorepo.
 *
 * @typedef {object} Workspace
 * @property {string} name - name of the folder, such as `core`
 * @property {string} folder - path relative to the root, such as `packages/core`
 * @property {Manifest} manifest - its package.json
 * @property {EntryPoint[]} entryPoints - its typed entry points
 */

/** The scope every published package lives under. */
export const SCOPE = '@nestarc/';

/**
 * Reads the package.json of a folder; an absent one reads as empty.
 *
 * @param {string} root - folder of the repository
 * @param {string} folder - path relative to the root
 * @returns {Manifest}
 */
export function readManifest(root, folder) {
  const file = path.posix.join(folder, 'package.json');
  if (!existsSync(path.join(root, file))) return {};
  return /** @type {Manifest} */ (JSON.parse(readText(root, file)));
}

/**
 * Reads the published packages.
 *
 * @param {string} root - folder of the repository
 * @returns {Workspace[]}
 */
export function readPackages(root) {
  return listFolders(root, 'packages').map((name) => {
    const folder = `packages/${name}`;
    const manifest = readManifest(root, folder);
    return { name, folder, manifest, entryPoints: entryPoints(folder, manifest) };
  });
}

/**
 * @param {string} folder
 * @param {Manifest} manifest
 * @returns {EntryPoint[]}
 */
function entryPoints(folder, manifest) {
  return Object.entries(manifest.exports ?? {}).flatMap(([subpath, target]) => {
    if (typeof target === 'string') return [];
    const { '@nestarc/source': source, types } = target;
    if (source === undefined || types === undefined) return [];
    const specifier = path.posix.join(manifest.name ?? folder, subpath);
    return [{ specifier, source: path.posix.join(folder, source), types: path.posix.join(folder, types) }];
  });
}

/**
 * Gives the name of the package an import specifier belongs to: `@nestarc/core/nest` is of `@nestarc/core`.
 *
 * @param {string} specifier - a specifier that is not relative
 */
export function packageOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
