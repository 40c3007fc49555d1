// @ts-check
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { listFiles, listFolders } from './files.mjs';
import { mayImport } from './layers.mjs';
import { importsOf, isCode, parse } from './source.mjs';
import { SCOPE, packageOf, readManifest, readPackages } from './workspace.mjs';

/**
 * A folder whose files may import the same things.
 *
 * @typedef {object} Area
 * @property {string[]} folders - where the files are
 * @property {string} home - the folder that relative imports must not leave
 * @property {string} owner - name of the workspace, for messages
 * @property {ReadonlySet<string>} declared - package names that may be imported
 * @property {(name: string, file: string) => boolean} allowed - whether a package of the monorepo may be imported
 */

/** @typedef {import('./guard.mjs').Problem} Problem */
/** @typedef {import('./workspace.mjs').Workspace} Workspace */

/** @type {import('./guard.mjs').Guard} */
export const dependencies = {
  name: 'dependencies',
  check(root) {
    const packages = readPackages(root);
    const publicSpecifiers = new Set(packages.flatMap(publicSpecifiersOf));
    const areas = [...packages.flatMap((workspace) => areasOf(root, workspace)), ...consumerAreas(root)];
    const problems = packages.flatMap(manifestProblems);
    let looked = packages.length;
    for (const area of areas) {
      const files = listFiles(root, area.folders, isCode);
      looked += files.length;
      problems.push(...files.flatMap((file) => fileProblems(root, file, area, publicSpecifiers)));
    }
    return { looked, problems };
  },
};

/** @param {Workspace} workspace */
function publicSpecifiersOf({ manifest, entryPoints }) {
  return [...entryPoints.map(({ specifier }) => specifier), `${manifest.name}/package.json`];
}

/**
 * A package.json obeys the arrows too: a dependency nobody imports yet is still installed.
 *
 * @param {Workspace} workspace
 * @returns {Problem[]}
 */
function manifestProblems({ name, folder, manifest }) {
  const file = `${folder}/package.json`;
  const allowed = mayImport.get(name);
  if (allowed === undefined) return [{ file, message: `has no row in tools/guards/layers.mjs: add "${name}" there` }];
  return [...namesIn(manifest, ['dependencies', 'peerDependencies'])]
    .filter((dependency) => dependency.startsWith(SCOPE) && !allowed.includes(dependency.slice(SCOPE.length)))
    .map((dependency) => ({ file, message: arrowMessage(name, dependency) }));
}

/**
 * @param {string} root
 * @param {Workspace} workspace
 * @returns {Area[]}
 */
function areasOf(root, { name, folder, manifest }) {
  const allowed = new Set(mayImport.get(name) ?? []);
  const declared = namesIn(manifest, ['dependencies', 'peerDependencies']);
  const forTests = namesIn(readManifest(root, '.'), ['devDependencies']);
  const testing = `${folder}/src/testing/`;
  return [
    {
      folders: [`${folder}/src`],
      home: folder,
      owner: name,
      declared,
      allowed: (other, file) => allowed.has(other) || (other === 'testing' && file.startsWith(testing)),
    },
    {
      folders: [`${folder}/test`],
      home: folder,
      owner: name,
      declared: new Set([...declared, ...forTests, `${SCOPE}testing`, ...[...allowed].map((other) => SCOPE + other)]),
      allowed: (other) => other === name || other === 'testing' || allowed.has(other),
    },
  ];
}

/**
 * Applications, benchmarks and documents are users: they see what a user sees.
 *
 * @param {string} root
 * @returns {Area[]}
 */
function consumerAreas(root) {
  const forTests = namesIn(readManifest(root, '.'), ['devDependencies']);
  const homes = [...listFolders(root, 'apps').map((name) => `apps/${name}`), 'bench', 'docs'];
  return homes.flatMap((home) => {
    const declared = namesIn(readManifest(root, home), ['dependencies', 'devDependencies']);
    const users = { home, owner: home, allowed: () => true };
    const rest = listFolders(root, home).filter((name) => name !== 'src');
    return [
      { ...users, folders: [`${home}/src`], declared },
      {
        ...users,
        folders: rest.map((name) => `${home}/${name}`),
        declared: new Set([...declared, ...forTests, `${SCOPE}testing`]),
      },
    ];
  });
}

/**
 * @param {string} root
 * @param {string} file
 * @param {Area} area
 * @param {ReadonlySet<string>} publicSpecifiers
 * @returns {Problem[]}
 */
function fileProblems(root, file, area, publicSpecifiers) {
  return importsOf(parse(root, file)).flatMap(({ specifier, line }) => {
    const message = importProblem(file, specifier, area, publicSpecifiers);
    return message === undefined ? [] : [{ file, line, message }];
  });
}

/**
 * @param {string} file
 * @param {string} specifier
 * @param {Area} area
 * @param {ReadonlySet<string>} publicSpecifiers
 * @returns {string | undefined}
 */
function importProblem(file, specifier, { home, owner, declared, allowed }, publicSpecifiers) {
  if (specifier.startsWith('.')) {
    const target = path.posix.join(path.posix.dirname(file), specifier);
    if (target === home || target.startsWith(`${home}/`)) return undefined;
    return `"${specifier}" leaves ${home}: import the public entry point of the other package`;
  }
  // "#name" is a path of the own package.json, under its "imports".
  if (isBuiltin(specifier) || specifier.startsWith('#')) return undefined;
  const dependency = packageOf(specifier);
  if (dependency.startsWith(SCOPE)) {
    if (!allowed(dependency.slice(SCOPE.length), file)) return arrowMessage(owner, dependency);
    if (!publicSpecifiers.has(specifier)) {
      return `"${specifier}" is not a public entry point: import one that "exports" of ${dependency} names`;
    }
    if (dependency === `${SCOPE}${owner}`) return undefined;
  }
  if (declared.has(dependency)) return undefined;
  return `"${dependency}" is not declared: add it to the dependencies or peerDependencies of ${home}/package.json`;
}

/**
 * @param {string} owner
 * @param {string} dependency
 */
function arrowMessage(owner, dependency) {
  return (
    `${owner} may not import ${dependency}: move the shared part down, or meet in a port of ${SCOPE}core ` +
    '(the arrows are in tools/guards/layers.mjs)'
  );
}

/**
 * @param {import('./workspace.mjs').Manifest} manifest
 * @param {('dependencies' | 'devDependencies' | 'peerDependencies')[]} fields
 * @returns {Set<string>}
 */
function namesIn(manifest, fields) {
  return new Set(fields.flatMap((field) => Object.keys(manifest[field] ?? {})));
}
