// @ts-check
import { expect, test } from 'vitest';
import { satisfies } from '../../lib/node-version.mjs';

const RANGE = '^20.19.0 || ^22.12.0 || >=24.0.0';

test.each([
  ['20.18.9', false],
  ['20.19.0', true],
  ['20.20.2', true],
  ['21.7.0', false],
  ['22.11.0', false],
  ['22.12.0', true],
  ['23.9.0', false],
  ['24.0.0', true],
  ['26.1.0', true],
])('Node.js %s is supported: %s', (version, expected) => {
  expect(satisfies(version, RANGE)).toBe(expected);
});

test('a range it cannot read is an error, not a yes', () => {
  expect(() => satisfies('24.0.0', '~20.1')).toThrow('~20.1');
});
