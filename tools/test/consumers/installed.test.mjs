// @ts-check
import { describe, expect, it } from 'vitest';
import { installationProblems } from '../../consumers/installed.mjs';

const LOCKED = {
  packages: {
    '': {},
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b': { version: '2.0.0' },
    'node_modules/other-platform': { version: '1.0.0', optional: true },
  },
};
const OWN = {
  'node_modules/@nestarc/core': { version: '0.1.0' },
  'node_modules/@nestarc/tenancy': { version: '0.1.0' },
};

/** @param {import('../../consumers/installed.mjs').Lock['packages']} packages */
const problems = (packages, overrides = {}) =>
  installationProblems({
    locked: LOCKED,
    installed: { packages },
    overrides,
    packages: ['@nestarc/core', '@nestarc/tenancy'],
  });

const A = { 'node_modules/a': { version: '1.0.0' } };
const B = { 'node_modules/b': { version: '2.0.0' } };

describe('an installation', () => {
  it('is right with the locked versions, wherever they stand, our packages, and what is pinned of their dependencies', () => {
    expect(problems({ ...A, ...B, ...OWN })).toEqual([]);
    const moved = { 'node_modules/a/node_modules/b': { version: '2.0.0' }, 'node_modules/b': { version: '3.0.0' } };
    expect(problems({ ...A, ...moved, ...OWN }, { '@nestarc/core': { b: '3.0.0' } })).toEqual([]);
    expect(problems({ ...A, ...B, ...OWN, 'node_modules/c': { version: '1.0.0' } }, { c: '1.0.0' })).toEqual([]);
  });

  it('may not replace what is locked, nor add what is not pinned', () => {
    expect(problems({ ...A, ...OWN, 'node_modules/b': { version: '2.0.1' } }, { d: { b: '2.0.2' } })).toEqual([
      'b@2.0.0 is in package-lock.json and was replaced',
      'b@2.0.1 came with our packages: pin it under "overrides" of package.json',
    ]);
  });

  it('has our packages once, from the tarballs, and no links to them', () => {
    expect(problems({ ...A, ...B, 'node_modules/@nestarc/core': { link: true } })).toEqual([
      'node_modules/@nestarc/tenancy is missing',
      'node_modules/@nestarc/core is a link',
    ]);
    expect(problems({ ...A, ...B, ...OWN, 'node_modules/a/node_modules/@nestarc/core': { version: '0.0.9' } })).toEqual(
      ['node_modules/a/node_modules/@nestarc/core is not from a tarball of this repository'],
    );
  });
});
