// @ts-check
import { describe, expect, it } from 'vitest';
import { runSteps } from '../../verify/steps.mjs';

/** @param {readonly import('../../verify/steps.mjs').Step[]} steps */
async function record(steps) {
  /** @type {string[]} */
  const lines = [];
  let time = 0;
  const passed = await runSteps(steps, { print: (line) => lines.push(line.trim()), now: () => (time += 1500) });
  return { passed, lines };
}

describe('runSteps', () => {
  it('runs the steps in order and prints how long each took', async () => {
    /** @type {string[]} */
    const ran = [];
    const steps = ['first', 'second'].map((name) => ({ name, run: () => void ran.push(name) }));
    const { passed, lines } = await record(steps);
    expect(passed).toBe(true);
    expect(ran).toEqual(['first', 'second']);
    expect(lines).toEqual(['── first', '✓ first 1.5 s', '── second', '✓ second 1.5 s', '✓ everything 7.5 s']);
  });

  it('stops at the first step that fails', async () => {
    const { passed, lines } = await record([
      { name: 'first', run: () => Promise.reject(new Error('no')) },
      { name: 'second', run: () => undefined },
    ]);
    expect(passed).toBe(false);
    expect(lines).toEqual(['── first', '✗ first failed after 1.5 s: no']);
  });
});
