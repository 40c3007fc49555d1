// @ts-check
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Folders that hold copies or the work of others. */
const EXCEPT = ['node_modules', 'generated', 'dist', 'coverage'];

/** Where Prisma schemas lie: a folder of workspaces, or a single one, and the place in it. */
const PLACES = [
  { parent: 'apps', inside: 'prisma' },
  { parent: 'packages', inside: 'test' },
  { parent: '.', inside: 'bench' },
];

/**
 * Finds the schemas for which a Prisma client is generated.
 *
 * @param {string} root - root of the clone
 * @returns {string[]} absolute paths, sorted
 */
export function findSchemas(root) {
  return PLACES.flatMap(({ parent, inside }) => {
    const folders =
      inside === 'bench' ? [parent] : children(path.join(root, parent)).map((name) => path.join(parent, name));
    return folders.flatMap((folder) => schemasBelow(path.join(root, folder, inside)));
  }).sort();
}

/**
 * Tells where the client of a schema is written to.
 *
 * @param {string} root - root of the clone
 * @param {string} schemaFile - absolute path of the schema
 */
export function outputFolder(root, schemaFile) {
  const output = /^\s*output\s*=\s*"([^"]+)"/m.exec(readFileSync(schemaFile, 'utf8'))?.[1];
  return output ? path.resolve(path.dirname(schemaFile), output) : path.join(root, 'node_modules/.prisma/client');
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function schemasBelow(folder) {
  const here = path.join(folder, 'schema.prisma');
  const deeper = children(folder).flatMap((name) => schemasBelow(path.join(folder, name)));
  return existsSync(here) ? [here, ...deeper] : deeper;
}

/** @param {string} folder */
function children(folder) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory() && !EXCEPT.includes(entry.name)).map(({ name }) => name);
}
