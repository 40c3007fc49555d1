// @ts-check
import path from 'node:path';
import { readPackages } from '../workspace.mjs';
import { run } from './npm.mjs';

/**
 * A package as it would be published.
 *
 * @typedef {object} Tarball
 * @property {import('../workspace.mjs').Workspace} workspace - where it comes from
 * @property {string} file - absolute path of the tarball
 * @property {string[]} contents - the files inside
 */

/** What a package without which users could not read its licence, its documentation or, in a debugger, its sources. */
const REQUIRED = [
  /^package\.json$/,
  /^README\.md$/,
  /^LICENSE$/,
  /^dist\/index\.js$/,
  /^dist\/index\.d\.ts$/,
  /^src\/index\.ts$/,
];

/** What only the repository needs. */
const FORBIDDEN = [
  /(^|\/)(test|tests|node_modules)\//,
  /\.(test|spec|test-d)\.[cm]?[jt]s/,
  /\.tsbuildinfo$/,
  /(^|\/)\.env/,
];

/**
 * Packs every public package, exactly as publishing would.
 *
 * @param {string} root - folder of the repository
 * @param {string} target - where the tarballs go
 * @returns {Promise<Tarball[]>}
 */
export async function packAll(root, target) {
  const workspaces = readPackages(root).filter(({ manifest }) => manifest.private !== true);
  if (workspaces.length === 0) return [];
  const folders = workspaces.flatMap(({ folder }) => ['--workspace', folder]);
  const printed = await run(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', target, ...folders],
    root,
  );
  const packed = /** @type {{ name: string, filename: string, files: { path: string }[] }[]} */ (JSON.parse(printed));
  return packed.flatMap(({ name, filename, files }) => {
    const workspace = workspaces.find(({ manifest }) => manifest.name === name);
    if (workspace === undefined) return [];
    return [{ workspace, file: path.join(target, filename), contents: files.map((file) => file.path) }];
  });
}

/**
 * Tells what is missing from a tarball, and what should not be in it.
 *
 * @param {readonly string[]} contents - the files inside
 * @returns {string[]}
 */
export function contentProblems(contents) {
  const missing = REQUIRED.filter((pattern) => !contents.some((file) => pattern.test(file)));
  const excess = contents.filter((file) => FORBIDDEN.some((pattern) => pattern.test(file)));
  return [
    ...missing.map(
      (pattern) => `the tarball lacks a file that matches ${pattern.source}: mend "files" in package.json`,
    ),
    ...excess.map((file) => `the tarball contains ${file}: mend "files" in package.json`),
  ];
}
