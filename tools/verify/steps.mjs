// @ts-check

/**
 * A part of the verification.
 *
 * @typedef {object} Step
 * @property {string} name - what is printed
 * @property {() => void | Promise<void>} run - does the work; throws when it fails
 */

/**
 * Runs steps one after another, prints how long each took, and stops at the first that fails.
 *
 * @param {readonly Step[]} steps - the steps
 * @param {{ print: (line: string) => void, now: () => number }} [ports] - where lines go, and a clock in milliseconds
 * @returns {Promise<boolean>} whether all of them passed
 */
export async function runSteps(steps, { print, now } = { print: console.log, now: () => performance.now() }) {
  const beginning = now();
  for (const { name, run } of steps) {
    print(`\n── ${name}`);
    const start = now();
    try {
      await run();
    } catch (error) {
      print(
        `✗ ${name} failed after ${seconds(now() - start)}: ${error instanceof Error ? error.message : String(error)}`,
      );
      return false;
    }
    print(`✓ ${name} ${seconds(now() - start)}`);
  }
  print(`\n✓ everything ${seconds(now() - beginning)}`);
  return true;
}

/** @param {number} milliseconds */
function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
