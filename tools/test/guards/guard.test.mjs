// @ts-check
import { describe, expect, it } from 'vitest';
import { dependencies } from '../../guards/dependencies.mjs';
import { documented } from '../../guards/documented.mjs';
import { dtsImports } from '../../guards/dts-imports.mjs';
import { fileSize } from '../../guards/file-size.mjs';
import { runGuards } from '../../guards/guard.mjs';
import { noAny } from '../../guards/no-any.mjs';
import { packages } from '../../guards/packages.mjs';
import { repositoryWords } from '../../guards/repository-words.mjs';
import { snippets } from '../../guards/snippets.mjs';
import { makeTree } from './tree.mjs';

/**
 * @param {import('../../guards/guard.mjs').GuardResult} result
 */
function runWith(result) {
  /** @type {string[]} */
  const lines = [];
  const passed = runGuards([{ name: 'sample', check: () => result }], 'root', (line) => lines.push(line));
  return { passed, lines };
}

describe('runGuards', () => {
  it('passes a guard that looked and found nothing, and prints what it saw', () => {
    expect(runWith({ looked: 3, problems: [], note: 'median 20' })).toEqual({
      passed: true,
      lines: ['guard sample: looked at 3 files, 0 problems (median 20)'],
    });
  });

  it('fails a guard that found something, and prints the place', () => {
    const { passed, lines } = runWith({ looked: 3, problems: [{ file: 'a.ts', line: 7, message: 'is wrong' }] });
    expect(passed).toBe(false);
    expect(lines).toEqual(['guard sample: looked at 3 files, 1 problems', '  a.ts:7  is wrong']);
  });

  it('fails a guard that looked at nothing', () => {
    expect(runWith({ looked: 0, problems: [] }).passed).toBe(false);
  });

  it('runs the guards after one that failed as well', () => {
    /** @type {string[]} */
    const ran = [];
    const guards = ['first', 'second'].map((name) => ({
      name,
      check: () => {
        ran.push(name);
        return { looked: 0, problems: [] };
      },
    }));
    expect(runGuards(guards, 'root', () => undefined)).toBe(false);
    expect(ran).toEqual(['first', 'second']);
  });
});

const guards = [dependencies, documented, dtsImports, fileSize, noAny, packages, repositoryWords, snippets];

describe.each(guards)('guard $name in an empty repository', (guard) => {
  it('says that it looked at nothing', () => {
    expect(guard.check(makeTree({})).looked).toBe(0);
  });
});
