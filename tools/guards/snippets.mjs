// @ts-check
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root as repository } from '../lib/root.mjs';
import { listFiles, readText } from './files.mjs';
import { fencesOf, replaceFence } from './markdown.mjs';
import { extractRegion } from './regions.mjs';
import { importsOf, isCode, parse } from './source.mjs';

/** @typedef {import('./markdown.mjs').Fence} Fence */

const CODE = ['ts', 'typescript', 'tsx', 'js', 'javascript'];
const SHELL = ['bash', 'sh', 'shell', 'console'];
const CHECKED = [...CODE, ...SHELL, 'sql', 'prisma'];

/**
 * Documents show only what is executed: each piece of code is a copy of a file that tests run, and each command is one
 * that a test runs. `node tools/guards/snippets.mjs --write` refreshes the copies.
 *
 * @type {import('./guard.mjs').Guard}
 */
export const snippets = {
  name: 'snippets',
  check(root) {
    const files = documents(root);
    const fences = files.flatMap((file) => checkedFences(root, file));
    const tested = testedFiles(root);
    const problems = fences.flatMap(({ file, fence }) => {
      const message = problemWith(root, file, fence, tested);
      return message === undefined ? [] : [{ file, line: fence.line, message }];
    });
    return { looked: fences.length === 0 ? 0 : files.length, problems, note: `${fences.length} snippets` };
  },
};

/**
 * Copies the sources of all snippets into the documents.
 *
 * @param {string} root - folder of the repository
 * @returns {string[]} the documents that changed
 */
export function refreshSnippets(root) {
  return documents(root).filter((file) => {
    const before = readText(root, file);
    // From the last to the first, so that the lines of those still to come stay where they are.
    const after = fencesOf(before).reduceRight((markdown, fence) => {
      const source = sourceOf(root, fence);
      return source?.text === undefined ? markdown : replaceFence(markdown, fence, source.text);
    }, before);
    if (after !== before) writeFileSync(path.join(root, file), after);
    return after !== before;
  });
}

/** @param {string} root */
function documents(root) {
  return listFiles(root, ['.'], (file) => {
    return /(^|\/)(README|CONTRIBUTING)\.md$/.test(file) || /^docs\/.*\.md$/.test(file);
  });
}

/**
 * @param {string} root
 * @param {string} file
 * @returns {{ file: string, fence: Fence }[]}
 */
function checkedFences(root, file) {
  return fencesOf(readText(root, file))
    .filter(({ language }) => CHECKED.includes(language))
    .map((fence) => ({ file, fence }));
}

/**
 * @param {string} root
 * @param {string} document
 * @param {Fence} fence
 * @param {ReadonlySet<string>} tested
 * @returns {string | undefined}
 */
function problemWith(root, document, fence, tested) {
  const test = /^shell: tested by (\S+)$/.exec(fence.comment ?? '')?.[1];
  if (test !== undefined && SHELL.includes(fence.language)) return shellProblem(root, document, fence, test);
  const source = sourceOf(root, fence);
  if (source === undefined) {
    return SHELL.includes(fence.language)
      ? 'no test runs these commands: write "<!-- shell: tested by path/to/test -->" before the fence'
      : 'this code is a copy of nothing: write "<!-- snippet: path/to/file#region -->" before the fence';
  }
  if (source.text === undefined) return `"${source.file}" or its region does not exist`;
  if (source.text !== fence.text) {
    return `differs from ${source.file}: run "node tools/guards/snippets.mjs --write"`;
  }
  if (CODE.includes(fence.language) && !isRun(source.file, tested)) {
    return `no test runs ${source.file}: make it a *.test.ts, or import it from one`;
  }
  return undefined;
}

/**
 * @param {string} root
 * @param {Fence} fence
 * @returns {{ file: string, text: string | undefined } | undefined} `undefined` when the fence names no source
 */
function sourceOf(root, { comment }) {
  const [, file, region] = /^snippet: ([^\s#]+)(?:#(\S+))?$/.exec(comment ?? '') ?? [];
  if (file === undefined) return undefined;
  return { file, text: existsSync(path.join(root, file)) ? extractRegion(readText(root, file), region) : undefined };
}

/**
 * A shell fence is tested by a test that reads the document and runs what it finds, or that holds the same commands.
 *
 * @param {string} root
 * @param {string} document
 * @param {Fence} fence
 * @param {string} test
 * @returns {string | undefined}
 */
function shellProblem(root, document, fence, test) {
  if (!existsSync(path.join(root, test))) return `the test "${test}" does not exist`;
  const code = normalise(readText(root, test));
  const readsDocument = code.includes(path.posix.basename(document));
  const missing = commandsIn(fence.text).find((command) => !code.includes(normalise(command)));
  if (readsDocument || missing === undefined) return undefined;
  return `${test} neither reads ${document} nor runs "${missing}"`;
}

/**
 * Splits a shell fence into commands, without comments and with continued lines joined.
 *
 * @param {string} text - what is inside the fence
 */
export function commandsIn(text) {
  return text
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** @param {string} text */
function normalise(text) {
  return text.replace(/\s+/g, ' ');
}

/**
 * @param {string} file
 * @param {ReadonlySet<string>} tested
 */
function isRun(file, tested) {
  return /^apps\/[^/]+\/src\//.test(file) || tested.has(file);
}

/**
 * Finds the tests, and what they import by relative path.
 *
 * @param {string} root
 * @returns {ReadonlySet<string>}
 */
function testedFiles(root) {
  const pending = listFiles(root, ['packages', 'apps', 'docs', 'fixtures', 'tools/test'], (file) =>
    /\.test\.(ts|mjs)$/.test(file),
  );
  const found = new Set(pending);
  for (const file of pending) {
    for (const { specifier } of importsOf(parse(root, file))) {
      if (!specifier.startsWith('.')) continue;
      const base = path.posix.join(path.posix.dirname(file), specifier);
      const target = [base, `${base}.ts`, base.replace(/\.js$/, '.ts'), `${base}/index.ts`].find(
        (candidate) => isCode(candidate) && existsSync(path.join(root, candidate)),
      );
      if (target === undefined || found.has(target)) continue;
      found.add(target);
      pending.push(target);
    }
  }
  return found;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (!process.argv.includes('--write')) throw new Error('Usage: node tools/guards/snippets.mjs --write');
  for (const file of refreshSnippets(repository)) console.log(`refreshed ${file}`);
}
