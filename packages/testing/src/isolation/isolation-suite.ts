import { resolveTestRunner } from '../runner/test-runner';
import { readCases } from './cases/read.cases';
import { schemaCases } from './cases/schema.cases';
import { writeCases } from './cases/write.cases';
import type { IsolationCase } from './isolation-case';
import { IsolationSubject } from './isolation-subject';
import type { IsolationSuiteOptions } from './isolation.options';

/** Long enough for a busy machine to create rows and read them a hundred times. */
const TIMEOUT_MS = 60_000;

/**
 * Makes the cases of {@link isolationSuite} without registering them, for runners of another kind.
 *
 * @param options - see {@link IsolationSuiteOptions}
 */
export function isolationCases<Client extends object>(
  options: IsolationSuiteOptions<Client>,
): readonly IsolationCase[] {
  const subject = new IsolationSubject(options as unknown as IsolationSuiteOptions<object>);
  const perModel = Object.keys(options.models).flatMap((name) =>
    [...readCases, ...writeCases].map((definition) => ({
      name: `${name}: ${definition.name}`,
      run: async () => {
        const ready = await subject.ready();
        for (const model of ready.models.filter((candidate) => candidate.model === name)) {
          await definition.run(subject, ready, model);
        }
      },
    })),
  );
  const overall = schemaCases.map(({ name, run }) => ({
    name,
    run: async () => run(subject, await subject.ready()),
  }));
  return [...perModel, ...overall];
}

/**
 * Registers tests that show, on your own schema and with your own client, that no way of running SQL escapes the tenant:
 * reads, look-ups by key, bulk writes, writes in another's name, foreign keys, links, shared tables, raw SQL,
 * transactions, concurrency, and what stays behind on connections. They create rows of both tenants and leave them: run
 * them on a test database.
 *
 * @param options - see {@link IsolationSuiteOptions}
 * @throws TestRunnerMissingError when there is no test runner
 */
export function isolationSuite<Client extends object>(options: IsolationSuiteOptions<Client>): void {
  const { describe, it } = resolveTestRunner(options.runner);
  describe(options.name ?? 'tenant isolation', () => {
    for (const { name, run } of isolationCases(options)) it(name, run, TIMEOUT_MS);
  });
}
