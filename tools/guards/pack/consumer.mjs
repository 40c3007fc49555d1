// @ts-check
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { SCOPE, readManifest } from '../workspace.mjs';
import { outputOf, run } from './npm.mjs';

/** @typedef {import('./tarballs.mjs').Tarball} Tarball */

/**
 * Installs tarballs with their peers into an empty folder, as a user would.
 *
 * @param {string} root - folder of the repository, whose pinned versions the peers get
 * @param {readonly Tarball[]} tarballs - what to install
 * @param {string} folder - the new application
 */
export async function installConsumer(root, tarballs, folder) {
  const pinned = readManifest(root, '.').devDependencies ?? {};
  const peers = Object.assign({}, ...tarballs.map(({ workspace }) => workspace.manifest.peerDependencies ?? {}));
  const dependencies = {
    ...Object.fromEntries(Object.entries(peers).map(([name, range]) => [name, pinned[name] ?? range])),
    ...Object.fromEntries(tarballs.map(({ workspace, file }) => [workspace.manifest.name, `file:${file}`])),
    // What every TypeScript application on Node has.
    ...(pinned['@types/node'] === undefined ? {} : { '@types/node': pinned['@types/node'] }),
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, dependencies }));
  await run(
    'npm',
    ['install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', '--loglevel=error'],
    folder,
  );
}

/**
 * Loads every entry point as CommonJS, then every name it exports from an ES module, and compares the two: a name Node
 * cannot see without running the file, or a second copy of a class, shows here.
 *
 * @param {readonly string[]} specifiers - the entry points
 * @param {string} folder - the application
 * @returns {Promise<string[]>} problems
 */
export async function loadProblems(specifiers, folder) {
  writeFileSync(
    path.join(folder, 'names.cjs'),
    `const names = (specifier) => Object.keys(require(specifier)).filter((name) => name !== 'default');
console.log(JSON.stringify(${JSON.stringify(specifiers)}.map((specifier) => [specifier, names(specifier)])));
process.exit(0);\n`,
  );
  try {
    const names = /** @type {[string, string[]][]} */ (JSON.parse(await run('node', ['names.cjs'], folder)));
    writeFileSync(path.join(folder, 'imports.mjs'), importScript(names));
    await run('node', ['imports.mjs'], folder);
    return [];
  } catch (error) {
    return [`cannot be loaded from an empty folder: ${outputOf(error)}`];
  }
}

/** @param {readonly [string, readonly string[]][]} names */
function importScript(names) {
  const imports = names.map(([specifier, exported], index) => {
    const list = exported.map((name) => `${name} as ${name}_${index}`).join(', ');
    return `import { ${list} } from '${specifier}';`;
  });
  const comparisons = names.flatMap(([specifier, exported], index) =>
    exported.map((name) => `assert.equal(${name}_${index}, require('${specifier}').${name}, '${specifier} ${name}');`),
  );
  return [
    "import assert from 'node:assert/strict';",
    "import { createRequire } from 'node:module';",
    ...imports,
    'const require = createRequire(import.meta.url);',
    ...comparisons,
    'process.exit(0);\n',
  ].join('\n');
}

/**
 * Type-checks an ES module and a CommonJS module that import every entry point. Declarations of the packages are checked
 * in full; those of others are not ours to mend and are passed over.
 *
 * @param {readonly string[]} specifiers - the entry points
 * @param {string} folder - the application
 * @returns {string[]} problems
 */
export function typeProblems(specifiers, folder) {
  const imports = specifiers.map((specifier, index) => `import * as entry${index} from '${specifier}';`);
  const uses = specifiers.map((_, index) => `entry${index}`).join(', ');
  const files = ['consumer.mts', 'consumer.cts'].map((name) => path.join(folder, name));
  for (const file of files) writeFileSync(file, `${imports.join('\n')}\nexport const entries = [${uses}];\n`);
  const typeRoot = path.join(folder, 'node_modules/@types');
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    types: existsSync(path.join(typeRoot, 'node')) ? ['node'] : [],
    typeRoots: [typeRoot],
  });
  const own = path.join(folder, 'node_modules', SCOPE);
  return ts
    .getPreEmitDiagnostics(program)
    .filter(({ file }) => file === undefined || files.includes(file.fileName) || file.fileName.startsWith(own))
    .map(({ file, start = 0, messageText }) => {
      const text = ts.flattenDiagnosticMessageText(messageText, ' ');
      if (file === undefined) return text;
      const { line } = file.getLineAndCharacterOfPosition(start);
      return `${path.relative(folder, file.fileName)}:${line + 1} ${text}`;
    });
}
