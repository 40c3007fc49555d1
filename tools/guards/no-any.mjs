// @ts-check
import ts from 'typescript';
import { listFiles, listFolders } from './files.mjs';
import { isCode, lineOf, parse, visitAll } from './source.mjs';

/**
 * Lists the folders that hold the sources of packages and applications.
 *
 * @param {string} root - folder of the repository
 */
export function sourceFolders(root) {
  return ['packages', 'apps'].flatMap((parent) => listFolders(root, parent).map((name) => `${parent}/${name}/src`));
}

/** @type {import('./guard.mjs').Guard} */
export const noAny = {
  name: 'no-any',
  check(root) {
    const files = listFiles(root, sourceFolders(root), isCode);
    /** @type {import('./guard.mjs').Problem[]} */
    const problems = [];
    for (const file of files) {
      visitAll(parse(root, file), (node) => {
        if (node.kind !== ts.SyntaxKind.AnyKeyword) return;
        problems.push({
          file,
          line: lineOf(node),
          message: 'explicit any: use unknown, a generic or a structural type',
        });
      });
    }
    return { looked: files.length, problems };
  },
};
