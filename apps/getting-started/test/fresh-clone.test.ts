import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeClone } from './fixture/clone';
import { curlCommandsOf, runCurl } from './fixture/curl';
import { npmStart } from './fixture/started-app';

const COMMANDS = curlCommandsOf(join(__dirname, '../README.md'));
const TWO_MINUTES_MS = 120_000;

test('npm start alone installs, builds and serves within two minutes', { timeout: 3 * TWO_MINUTES_MS }, async () => {
  const clone = makeClone({ installed: false });
  onTestFinished(() => clone.remove());
  const startedAt = Date.now();
  const app = await npmStart(clone, { npm_config_prefer_offline: 'true' });
  await app.ready;
  const [command = ''] = COMMANDS;
  expect(await runCurl(command, app.port)).toMatchObject({ status: 201 });
  expect(Date.now() - startedAt).toBeLessThan(TWO_MINUTES_MS);
  expect(app.output()).toContain('Installed in');
  await app.interrupt();
  expect(clone.servers()).toEqual([]);
});
