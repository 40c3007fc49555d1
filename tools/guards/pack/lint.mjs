// @ts-check
import { readFile } from 'node:fs/promises';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

/** Test runners load these modules and call what they export by default: there is no other way to name it. */
const LOADED_BY_RUNNERS = /global-(?:setup|teardown)/;
const ABOUT_DEFAULT_EXPORTS = /CJSOnlyExportsDefault|sets both exports\.__esModule = true and exports\.default/;

/** @param {string} problem */
const counts = (problem) => !(LOADED_BY_RUNNERS.test(problem) && ABOUT_DEFAULT_EXPORTS.test(problem));

/**
 * Lets publint look at a tarball; everything it has to say counts.
 *
 * @param {string} file - path of the tarball
 * @returns {Promise<string[]>} problems
 */
export async function publintProblems(file) {
  const bytes = await readFile(file);
  const tarball = new Uint8Array(bytes).buffer;
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
  return messages
    .map((message) => `publint: ${formatMessage(message, pkg, { color: false }) ?? message.code}`)
    .filter(counts);
}

/**
 * Lets "are the types wrong" resolve every entry point as CommonJS, as an ES module, in a bundler and, for NestJS 10
 * applications, in the manner of Node 10.
 *
 * @param {string} file - path of the tarball
 * @returns {Promise<string[]>} problems
 */
export async function typesProblems(file) {
  const result = await checkPackage(createPackageFromTarballData(new Uint8Array(await readFile(file))));
  if (!('problems' in result)) return ['are-the-types-wrong: the package has no types'];
  const problems = result.problems.map((problem) => {
    const { kind, ...details } = problem;
    const where =
      'entrypoint' in details ? `"${details.entrypoint}" as ${details.resolutionKind}` : JSON.stringify(details);
    const remedy = where.endsWith('node10') ? ': name its declarations in "typesVersions" of package.json' : '';
    return `are-the-types-wrong: ${kind} at ${where}${remedy}`;
  });
  return problems.filter(counts);
}
