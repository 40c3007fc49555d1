import { NestarcError } from '@nestarc/core';

/** The part of a test runner that registers tests; `vitest`, `jest` and `node:test` have it. */
export interface TestRunner {
  /**
   * Registers a group of tests.
   *
   * @param name - what the tests have in common
   * @param define - registers the tests
   */
  readonly describe: (name: string, define: () => void) => unknown;
  /**
   * Registers a test.
   *
   * @param name - what the test shows
   * @param run - the test
   * @param timeoutMs - how long it may take
   */
  readonly it: (name: string, run: () => Promise<void>, timeoutMs?: number) => unknown;
}

/** Thrown when there is no test runner: neither given nor among the globals. */
export class TestRunnerMissingError extends NestarcError {
  constructor(missing: readonly string[]) {
    super(
      `There is no ${missing.join(', ')} to register tests with: pass { describe, it } of your test runner as ` +
        '{ runner }, or switch its globals on',
      { code: 'TEST_RUNNER_MISSING' },
    );
  }
}

/**
 * Finds what registers tests.
 *
 * @param given - the runner's functions. Defaults to the globals
 * @throws {@link TestRunnerMissingError} when there is none
 */
export function resolveTestRunner(given?: TestRunner): TestRunner {
  const runner = given ?? (globalThis as Partial<TestRunner>);
  const { describe, it } = runner;
  if (describe !== undefined && it !== undefined) return { describe, it };
  const missing = Object.entries({ describe, it }).filter(([, value]) => value === undefined);
  throw new TestRunnerMissingError(missing.map(([name]) => name));
}
