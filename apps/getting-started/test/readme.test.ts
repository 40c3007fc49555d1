import { readFileSync } from 'node:fs';
import path from 'node:path';
import { migrate } from '@nestarc/postgres/migrations';
import { createTestDatabase } from '@nestarc/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import { bootstrap } from '../src/main';

interface Step {
  readonly command: string;
  readonly answer: string;
}

/** The curl commands of the README of the repository, each with the answer it promises. */
function promisedSteps(): Step[] {
  const readme = readFileSync(path.resolve(__dirname, '../../../README.md'), 'utf8');
  return [...readme.matchAll(/^(curl .*)\n# => (.*)$/gm)].map(([, command = '', answer = '']) => ({ command, answer }));
}

/** Does what curl would do, for the options the README uses. */
async function run(command: string, port: number): Promise<string> {
  const words = [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
  const valuesOf = (option: string): string[] => words.filter((_, index) => words[index - 1] === option);
  const [url = ''] = words.filter((word) => word.startsWith('http://localhost:3000/'));
  const response = await fetch(url.replace('localhost:3000', `localhost:${port}`), {
    method: valuesOf('-X')[0] ?? 'GET',
    headers: valuesOf('-H').map((header): [string, string] => {
      const [name = '', value = ''] = header.split(': ');
      return [name, value];
    }),
    body: valuesOf('-d')[0] ?? null,
  });
  const body = await response.text();
  return response.ok ? `${response.status} ${body}` : String(response.status);
}

test('the commands of the README are answered as the README says', async () => {
  await using database = await createTestDatabase();
  const directory = path.resolve(__dirname, '../migrations');
  await migrate({ connectionString: database.ownerUrl, directory });
  vi.stubEnv('DATABASE_URL', database.appUrl);
  onTestFinished(() => void vi.unstubAllEnvs());
  const application = await bootstrap(0);
  await using _closing = { [Symbol.asyncDispose]: () => application.close() };

  const steps = promisedSteps();
  expect(steps).toHaveLength(5);
  for (const { command, answer } of steps) {
    expect({ command, answer: await run(command, application.port) }).toEqual({ command, answer });
  }
});
