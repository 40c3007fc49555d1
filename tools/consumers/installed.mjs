// @ts-check
import { SCOPE } from '../guards/workspace.mjs';

/**
 * The part that is read of npm's lock files: of the one in a project, and of the one in node_modules, which tells what is
 * installed.
 *
 * @typedef {object} Lock
 * @property {Record<string, { version?: string, optional?: boolean, link?: boolean }>} packages - by path
 */

/**
 * What an application was installed from, and what came of it.
 *
 * @typedef {object} Installation
 * @property {Lock} locked - the lock file of the application
 * @property {Lock} installed - the lock file in its node_modules
 * @property {Record<string, Record<string, string> | string>} overrides - what its package.json pins of our dependencies
 * @property {readonly string[]} packages - names of the packages that were installed from tarballs
 */

/**
 * Tells how an installation differs from what is committed: the tarballs add our packages and what these depend on, in the
 * versions that are pinned, and change nothing else.
 *
 * @param {Installation} installation - what to look at
 * @returns {string[]} problems
 */
export function installationProblems({ locked, installed, overrides, packages }) {
  const before = versionsOf(locked);
  const after = versionsOf(installed);
  const pinned = new Set(
    Object.entries(overrides).flatMap(([name, value]) =>
      Object.entries(typeof value === 'string' ? { [name]: value } : value).map((entry) => entry.join('@')),
    ),
  );
  const lost = [...before]
    .filter(([id, { optional }]) => !optional && !after.has(id))
    .map(([id]) => `${id} is in package-lock.json and was replaced`);
  const added = [...after.keys()]
    .filter((id) => !before.has(id) && !id.startsWith(SCOPE) && !pinned.has(id))
    .map((id) => `${id} came with our packages: pin it under "overrides" of package.json`);
  return [...lost, ...added, ...ownProblems(installed, packages)];
}

/**
 * @param {Lock} installed
 * @param {readonly string[]} packages
 */
function ownProblems({ packages: installed }, packages) {
  const places = packages.map((name) => `node_modules/${name}`);
  const own = Object.keys(installed).filter((place) => nameOf(place).startsWith(SCOPE));
  return [
    ...places.filter((place) => installed[place] === undefined).map((place) => `${place} is missing`),
    ...own
      .filter((place) => !places.includes(place))
      .map((place) => `${place} is not from a tarball of this repository`),
    ...own.filter((place) => installed[place]?.link).map((place) => `${place} is a link`),
  ];
}

/** @param {Lock} lock */
function versionsOf({ packages }) {
  const entries = Object.entries(packages).filter(([place]) => place !== '');
  return new Map(entries.map(([place, entry]) => [`${nameOf(place)}@${entry.version}`, entry]));
}

/** @param {string} place - such as `node_modules/a/node_modules/@b/c` */
function nameOf(place) {
  return place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
}
