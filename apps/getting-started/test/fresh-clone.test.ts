import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeClone } from './fixture/clone';
import { curlCommandsOf, runCurl } from './fixture/curl';
import { npmStart } from './fixture/started-app';

const COMMANDS = curlCommandsOf(join(__dirname, '../README.md'));
const TIMEOUT_MS = 360_000;

test('npm start alone installs, builds and serves', { timeout: TIMEOUT_MS }, async () => {
  const clone = makeClone({ installed: false });
  onTestFinished(() => clone.remove());
  const app = await npmStart(clone, { npm_config_prefer_offline: 'true' });
  await app.ready;
  const [command = ''] = COMMANDS;
  expect(await runCurl(command, app.port)).toMatchObject({ status: 201 });
  expect(app.output()).toContain('Installed in');
  await app.interrupt();
  expect(clone.servers()).toEqual([]);
});
