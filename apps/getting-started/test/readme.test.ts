import { readFileSync } from 'node:fs';
import path from 'node:path';
import { migrate } from '@nestarc/postgres/migrations';
import { createTestDatabase } from '@nestarc/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import { bootstrap } from '../src/main';
import { runCurl } from './fixture/curl';

/** The curl commands of the README of the repository, each with the answer it promises. */
function promisedAnswers(): [command: string, answer: string][] {
  const readme = readFileSync(path.resolve(__dirname, '../../../README.md'), 'utf8');
  return [...readme.matchAll(/^(curl .*)\n# => (.*)$/gm)].map(([, command = '', answer = '']) => [command, answer]);
}

async function answerTo(command: string, port: number): Promise<string> {
  const { status, body } = await runCurl(command, port);
  return status < 400 ? `${status} ${body}` : String(status);
}

test('the commands of the README are answered as the README says', async () => {
  await using database = await createTestDatabase();
  const directory = path.resolve(__dirname, '../migrations');
  await migrate({ connectionString: database.ownerUrl, directory });
  vi.stubEnv('DATABASE_URL', database.appUrl);
  onTestFinished(() => void vi.unstubAllEnvs());
  const application = await bootstrap(0);
  await using _closing = { [Symbol.asyncDispose]: () => application.close() };

  const promised = promisedAnswers();
  expect(promised).toHaveLength(5);
  for (const [command, answer] of promised) {
    expect([command, await answerTo(command, application.port)]).toEqual([command, answer]);
  }
});
