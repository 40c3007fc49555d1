// @ts-check
import { describe, expect, it } from 'vitest';
import { codeLines, fileSize } from '../../guards/file-size.mjs';
import { makeTree, problemsOf } from './tree.mjs';

const FILE = 'packages/core/src/index.ts';

/** @param {number} count */
const statements = (count) =>
  Array.from({ length: count }, (_, index) => `export const a${index} = ${index};`).join('\n');

describe('guard file-size', () => {
  it('accepts a file at the limit and prints the median', () => {
    const root = makeTree({ [FILE]: statements(300), 'packages/core/src/a.ts': statements(1) });
    expect(fileSize.check(root)).toEqual({ looked: 2, problems: [], note: 'median 300, p90 300 lines' });
  });

  it('rejects a file with too much code', () => {
    expect(problemsOf(fileSize, makeTree({ [FILE]: statements(301) }))).toEqual([
      `${FILE}:0 301 lines of code, 300 at most: split it`,
    ]);
  });

  it('rejects a file with too many comments', () => {
    const text = `${'// why\n'.repeat(201)}${statements(200)}\n`;
    expect(problemsOf(fileSize, makeTree({ [FILE]: text }))).toEqual([
      `${FILE}:0 401 lines with comments, 400 at most: split it`,
    ]);
  });

  it('counts code, not comments and blank lines', () => {
    expect(codeLines('/**\n * Why.\n */\nexport const a = `\n\nb`; // c\n\n// d\nf(\n  1,\n);\n')).toBe(6);
  });
});
