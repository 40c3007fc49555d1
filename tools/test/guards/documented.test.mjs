// @ts-check
import { describe, expect, it } from 'vitest';
import { documented } from '../../guards/documented.mjs';
import { makeTree, manifest, problemsOf } from './tree.mjs';

/**
 * @param {string} code - source of the entry point
 * @param {Readonly<Record<string, string>>} [files] - more files
 */
function packageWith(code, files = {}) {
  return makeTree({ 'packages/core/package.json': manifest('core'), 'packages/core/src/index.ts': code, ...files });
}

const DOCUMENTED = `
/** What a user passes. */
export interface OpenOptions {
  /** Where to open it. */
  readonly path: string;
}
/** Opens a thing. */
export function open(options: OpenOptions): void;
export function open(options: OpenOptions, again: boolean): void;
export function open(): void {}
/**
 * Doubles a number.
 *
 * @param value - the number
 */
export const double = (value: number): number => value * 2;
/** A port. */
export interface Port {
  /**
   * Sends a text.
   *
   * @param text - the text
   */
  send(text: string): void;
}
/** A port that keeps what it is sent. */
export class MemoryPort implements Port, OnModuleInit {
  /** What was sent. */
  readonly sent: string[] = [];
  readonly #secret = 1;
  declare readonly code: 'A';
  private hidden = 1;
  constructor(protected other: string) {}
  send(text: string): void {}
  onModuleInit(): void {}
  override toString(): string { return ''; }
  /**
   * Forgets some.
   *
   * @param range - which
   */
  forget({ from }: Range, _unused: string): void {}
}
const internal = 1;
`;

describe('guard documented', () => {
  it('accepts documented symbols, members and parameters', () => {
    expect(documented.check(packageWith(DOCUMENTED))).toEqual({
      looked: 1,
      problems: [],
      note: '5 exported symbols',
    });
  });

  it.each([
    ['a constant', 'export const a = 1;', 'a has no documentation'],
    ['a type', 'export type A = string;', 'A has no documentation'],
    ['a line comment instead', '// A number.\nexport const a = 1;', 'a has no documentation'],
    ['tags without a sentence', '/** @internal */\nexport const a = 1;', 'a has no documentation'],
    ['a fragment', '/** the number */\nexport const a = 1;', 'does not begin with a sentence'],
    [
      'a parameter',
      '/** Does it. */\nexport function f(a: string): void {}',
      'f does not document its parameter: add "@param a',
    ],
    ['a parameter of an arrow function', '/** Does it. */\nexport const f = (a: string): void => {};', 'add "@param a'],
    ['a member of an interface', '/** A. */\nexport interface A { b: string }', 'A.b has no documentation'],
    ['a member of a type literal', '/** A. */\nexport type A = { b: string };', 'A.b has no documentation'],
    ['a method of a class', '/** A. */\nexport class A { b(): void {} }', 'A.b has no documentation'],
    ['a field of a class', '/** A. */\nexport class A { static b = 1; }', 'A.b has no documentation'],
    [
      'a parameter of a method',
      '/** A. */\nexport class A {\n /** B. */\n b(c: string): void {} }',
      'A.b does not document',
    ],
  ])('rejects %s without documentation', (_, code, message) => {
    const problems = problemsOf(documented, packageWith(code));
    expect(problems).toEqual([expect.stringContaining(message)]);
  });

  it('follows re-exports to the file that declares the name', () => {
    const root = packageWith(
      "export { a as b } from './a';\nexport * from './folder';\nexport * from '@nestarc/other';\n",
      {
        'packages/core/src/a.ts': 'export const a = 1;\nexport const unreachable = 2;\n',
        'packages/core/src/folder/index.ts': '\nexport const c = 1;\n',
      },
    );
    expect(problemsOf(documented, root)).toEqual([
      expect.stringMatching(/^packages\/core\/src\/a\.ts:1 b has no documentation/),
      expect.stringMatching(/^packages\/core\/src\/folder\/index\.ts:2 c has no documentation/),
    ]);
  });

  it('rejects an entry point that does not exist', () => {
    const root = makeTree({ 'packages/core/package.json': manifest('core') });
    expect(problemsOf(documented, root)).toEqual([expect.stringContaining('does not exist')]);
  });
});
