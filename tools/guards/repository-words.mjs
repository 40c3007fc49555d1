// @ts-check
import { listFiles, readText } from './files.mjs';

/** A guard cannot be written without the words it looks for. */
const EXCEPT = [
  'tools/guards/repository-words.mjs',
  'tools/test/guards/repository-words.test.mjs',
  'package-lock.json',
];

/** Files people read; the rest is binary or made by programs. */
const TEXT = /(\.([cm]?[jt]s|json|md|sql|prisma|sh|ya?ml|toml|txt)|(^|\/)(\.[a-z]+rc|LICENSE|run))$/;

/** @type {readonly { pattern: RegExp, message: string }[]} */
const RULES = [
  {
    pattern: /(?<![\w.~-])\/(work|root|home\/\w+|Users\/\w+)\//,
    message: 'a path of one machine: write it relative to the repository, or compute it',
  },
  {
    pattern: /\bshared\/(design|specs|seeds|hooks)\b/,
    message: 'a document outside of the repository: say it here, or link docs/adr',
  },
  {
    pattern: /\b(TODO|FIXME|XXX|HACK)\b/,
    message: 'an unfinished thing: finish it, or leave it out',
  },
];

/** @type {import('./guard.mjs').Guard} */
export const repositoryWords = {
  name: 'repository-words',
  check(root) {
    const files = listFiles(root, ['.'], (file) => TEXT.test(file) && !EXCEPT.includes(file));
    const problems = files.flatMap((file) =>
      readText(root, file)
        .split('\n')
        .flatMap((text, index) =>
          RULES.filter(({ pattern }) => pattern.test(text)).map(({ message }) => ({ file, line: index + 1, message })),
        ),
    );
    return { looked: files.length, problems };
  },
};
