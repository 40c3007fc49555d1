// @ts-check
import { describe, expect, it } from 'vitest';
import { noAny } from '../../guards/no-any.mjs';
import { makeTree, problemsOf } from './tree.mjs';

describe('guard no-any', () => {
  it('accepts the word in names, strings and comments', () => {
    const root = makeTree({
      'packages/core/src/index.ts':
        "/** Takes any value. */\nexport const any = 'any'; // : any\nexport type T = unknown;\n",
      'apps/shop/src/main.ts': 'export {};\n',
    });
    expect(noAny.check(root)).toEqual({ looked: 2, problems: [] });
  });

  it.each([
    ['a parameter', 'export function f(value: any): void {}'],
    ['a cast', 'export const value = {} as any;'],
    ['a type argument', 'export const list: Map<string, any[]> = new Map();'],
  ])('rejects %s', (_, code) => {
    for (const folder of ['packages/core/src', 'apps/shop/src']) {
      const root = makeTree({ [`${folder}/index.ts`]: `\n${code}\n` });
      expect(problemsOf(noAny, root)).toEqual([expect.stringMatching(`^${folder}/index.ts:2 explicit any`)]);
    }
  });

  it('leaves generated code alone', () => {
    const root = makeTree({ 'apps/shop/src/generated/client.ts': 'export type T = any;\n', 'apps/shop/src/a.ts': '' });
    expect(noAny.check(root)).toEqual({ looked: 1, problems: [] });
  });
});
