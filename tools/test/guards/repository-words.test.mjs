// @ts-check
import { describe, expect, it } from 'vitest';
import { repositoryWords } from '../../guards/repository-words.mjs';
import { makeTree, problemsOf } from './tree.mjs';

describe('guard repository-words', () => {
  it('accepts relative paths and ordinary words', () => {
    const root = makeTree({ 'README.md': 'See docs/work/plan.md and https://example.com/home/page/.\n' });
    expect(repositoryWords.check(root)).toEqual({ looked: 1, problems: [] });
  });

  it.each([
    ['a path of a machine', 'cd /work/main'],
    ['a home folder', 'cd /home/ada/nestarc'],
    ['the home folder of root', "const file = '/root/.cache/x';"],
    ['a document outside of the repository', 'see ../shared/design/x.md'],
    ['an unfinished thing', '// TODO: later'],
  ])('rejects %s', (_, text) => {
    expect(problemsOf(repositoryWords, makeTree({ 'packages/core/src/a.ts': `\n${text}\n` }))).toEqual([
      expect.stringMatching(/^packages\/core\/src\/a\.ts:2 /),
    ]);
  });

  it('does not look at what programs made', () => {
    const root = makeTree({
      'a.md': 'fine\n',
      'node_modules/x/a.md': 'TODO\n',
      'packages/core/dist/a.js': '// TODO\n',
    });
    expect(repositoryWords.check(root)).toEqual({ looked: 1, problems: [] });
  });
});
