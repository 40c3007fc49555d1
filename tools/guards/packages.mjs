// @ts-check
import { existsSync } from 'node:fs';
import path from 'node:path';
import { listFiles, readText } from './files.mjs';
import { SCOPE, readManifest, readPackages } from './workspace.mjs';

/** @typedef {import('./workspace.mjs').Workspace} Workspace */

/** What every published package has. */
const REQUIRED_FILES = ['README.md', 'LICENSE', 'package.json', 'tsconfig.json', 'src/index.ts'];

/** The same in every published package. */
const COMMON_FIELDS = {
  license: 'MIT',
  author: 'nestarc contributors',
  type: 'commonjs',
  sideEffects: false,
  files: ['dist', 'src', 'sql', '!**/*.tsbuildinfo'],
  publishConfig: { access: 'public' },
};

/**
 * All packages have one skeleton: who knows one finds the way in each, and the next one is made by copying.
 *
 * @type {import('./guard.mjs').Guard}
 */
export const packages = {
  name: 'packages',
  check(root) {
    const workspaces = readPackages(root);
    const versions = new Map(workspaces.map(({ manifest }) => [manifest.name, manifest.version]));
    const problems = workspaces.flatMap((workspace) => {
      const { folder } = workspace;
      const messages = [
        ...fileProblems(root, folder),
        ...manifestProblems(root, workspace, versions),
        ...referenceProblems(root, workspace),
        ...readmeProblems(root, workspace),
      ];
      return messages.map(([file, message]) => ({ file: `${folder}/${file}`, message }));
    });
    return { looked: workspaces.length * REQUIRED_FILES.length, problems, note: `${workspaces.length} packages` };
  },
};

/**
 * @param {string} root
 * @param {string} folder
 * @returns {[string, string][]} file and message
 */
function fileProblems(root, folder) {
  /** @type {[string, string][]} */
  const found = REQUIRED_FILES.filter((file) => !existsSync(path.join(root, folder, file))).map((file) => [
    file,
    'is missing: every package has one',
  ]);
  if (listFiles(root, [`${folder}/test`], (file) => file.endsWith('.test.ts')).length === 0) {
    found.push(['test', 'has no *.test.ts file: every package has tests']);
  }
  if (
    existsSync(path.join(root, folder, 'LICENSE')) &&
    readText(root, `${folder}/LICENSE`) !== readText(root, 'LICENSE')
  ) {
    found.push(['LICENSE', 'differs from the LICENSE of the repository: copy that one']);
  }
  return found;
}

/**
 * @param {string} root
 * @param {Workspace} workspace
 * @param {ReadonlyMap<string | undefined, string | undefined>} versions - version of each package of the monorepo
 * @returns {[string, string][]}
 */
function manifestProblems(root, { name, folder, manifest }, versions) {
  /** @type {Record<string, unknown>} */
  const expected = {
    name: `${SCOPE}${name}`,
    ...COMMON_FIELDS,
    engines: readManifest(root, '.').engines,
    repository: { type: 'git', url: 'git+https://github.com/nestarc/nestarc.git', directory: folder },
    main: './dist/index.js',
    types: './dist/index.d.ts',
  };
  const fields = /** @type {Record<string, unknown>} */ ({ ...manifest });
  const wrong = Object.entries(expected)
    .filter(([key, value]) => JSON.stringify(fields[key]) !== JSON.stringify(value))
    .map(([key, value]) => `"${key}" must be ${JSON.stringify(value)}`);
  for (const key of ['version', 'description', 'keywords']) {
    if (fields[key] === undefined) wrong.push(`"${key}" is missing`);
  }
  for (const [dependency, range] of Object.entries(manifest.dependencies ?? {})) {
    const version = versions.get(dependency);
    if (version !== undefined && version !== range) wrong.push(`"${dependency}" must be "${version}", as it is here`);
  }
  return [...wrong, ...exportsProblems(manifest)].map((message) => ['package.json', message]);
}

/**
 * @param {import('./workspace.mjs').Manifest} manifest
 * @returns {string[]}
 */
function exportsProblems({ exports = {} }) {
  const wrong = ['.', './package.json']
    .filter((subpath) => !(subpath in exports))
    .map((subpath) => {
      return `"exports" lacks "${subpath}"`;
    });
  for (const [subpath, target] of Object.entries(exports)) {
    if (typeof target === 'string') continue;
    const source = target['@nestarc/source'] ?? '';
    const base = source.replace(/^\.\/src\//, './dist/').replace(/\.ts$/, '');
    const expected = { '@nestarc/source': source, types: `${base}.d.ts`, default: `${base}.js` };
    if (!/^\.\/src\/.*\.ts$/.test(source) || JSON.stringify(target) !== JSON.stringify(expected)) {
      wrong.push(`"exports" of "${subpath}" must name "@nestarc/source", "types" and "default", in this order`);
    }
  }
  return wrong;
}

/**
 * The build order comes from the references: each dependency in the monorepo is one, and nothing else is.
 *
 * @param {string} root
 * @param {Workspace} workspace
 * @returns {[string, string][]}
 */
function referenceProblems(root, { folder, manifest }) {
  if (!existsSync(path.join(root, folder, 'tsconfig.json'))) return [];
  const { dependencies, peerDependencies, devDependencies } = manifest;
  const expected = Object.keys({ ...dependencies, ...peerDependencies, ...devDependencies })
    .filter((dependency) => dependency.startsWith(SCOPE))
    .map((dependency) => `../${dependency.slice(SCOPE.length)}`)
    .sort();
  /** @type {[string, string][]} */
  const found = [];
  if (referencesOf(root, `${folder}/tsconfig.json`).join() !== expected.join()) {
    found.push(['tsconfig.json', `"references" must be exactly ${expected.join(', ') || 'empty'}`]);
  }
  if (!referencesOf(root, 'tsconfig.json').includes(folder)) {
    found.push(['tsconfig.json', 'is not among the "references" of the root tsconfig.json']);
  }
  return found;
}

/**
 * @param {string} root
 * @param {string} file
 * @returns {string[]}
 */
function referencesOf(root, file) {
  const { references = [] } = /** @type {{ references?: { path: string }[] }} */ (JSON.parse(readText(root, file)));
  return references.map((reference) => reference.path).sort();
}

/**
 * Every runtime dependency is a cost that users pay, so the README says what each is for.
 *
 * @param {string} root
 * @param {Workspace} workspace
 * @returns {[string, string][]}
 */
function readmeProblems(root, { folder, manifest }) {
  if (!existsSync(path.join(root, folder, 'README.md'))) return [];
  const [, section = ''] = readText(root, `${folder}/README.md`).split(/^## Dependencies\s*$/m);
  const [text = ''] = section.split(/^## /m);
  return Object.keys(manifest.dependencies ?? {})
    .filter((dependency) => !text.includes(dependency))
    .map((dependency) => ['README.md', `says nothing about "${dependency}" under "## Dependencies"`]);
}
