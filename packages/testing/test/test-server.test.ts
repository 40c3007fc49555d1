import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { startTestServer } from '@nestarc/testing';
import setup from '@nestarc/testing/global-setup';
import teardown from '@nestarc/testing/global-teardown';
import { Client } from 'pg';
import { afterEach, expect, test, vi } from 'vitest';

const SHARED = process.env['NESTARC_TEST_ADMIN_URL'] ?? '';
afterEach(() => vi.unstubAllEnvs());

async function settingsOf(url: string): Promise<Record<string, string>> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const names = ['max_connections', 'fsync', 'data_directory', 'work_mem'];
  const { rows } = await client.query<{ name: string; setting: string }>(
    'SELECT name, setting FROM pg_settings WHERE name = ANY ($1)',
    [names],
  );
  await client.end();
  return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
}

test('a server that is named already is used, and left running', async () => {
  const server = await startTestServer();
  expect(server.adminUrl).toBe(SHARED);
  await server.stop();
  expect(process.env['NESTARC_TEST_ADMIN_URL']).toBe(SHARED);
  expect(await settingsOf(SHARED)).toMatchObject({ max_connections: '200', fsync: 'off' });
});

test('a server of one’s own takes settings, is named to the run, and goes with its data', async () => {
  vi.stubEnv('NESTARC_TEST_ADMIN_URL', '');
  const server = await startTestServer({ settings: { work_mem: '5MB' } });
  expect(process.env['NESTARC_TEST_ADMIN_URL']).toBe(server.adminUrl);
  expect(server.adminUrl).not.toBe(SHARED);
  const settings = await settingsOf(server.adminUrl);
  expect(settings).toMatchObject({ work_mem: '5120', max_connections: '200', fsync: 'off' });
  await server.stop();
  expect(process.env['NESTARC_TEST_ADMIN_URL']).toBeUndefined();
  expect(existsSync(settings['data_directory'] ?? '/')).toBe(false);
});

test('the global set-up and the global tear-down, loaded apart as jest does, find each other', async () => {
  vi.stubEnv('NESTARC_TEST_ADMIN_URL', '');
  await setup();
  const url = process.env['NESTARC_TEST_ADMIN_URL'] ?? '';
  expect(await settingsOf(url)).toMatchObject({ fsync: 'off' });
  vi.resetModules();
  await teardown();
  await expect(settingsOf(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('vitest takes the global set-up, also for several projects, and the run comes to its end', async () => {
  const repository = resolve(__dirname, '../../..');
  const project = mkdtempSync(join(tmpdir(), 'global-setup-'));
  writeFileSync(
    join(project, 'server.test.js'),
    `import { expect, test } from 'vitest';
     test('has a server', () => expect(process.env.NESTARC_TEST_ADMIN_URL).toMatch(/^postgresql:/));`,
  );
  const conditions = ['@nestarc/source', 'node', 'default'];
  writeFileSync(
    join(project, 'vitest.config.mjs'),
    `export default {
       root: ${JSON.stringify(project)},
       environments: { __vitest__: { resolve: { conditions: ${JSON.stringify(conditions)} } } },
       resolve: { alias: { vitest: ${JSON.stringify(join(repository, 'node_modules/vitest'))} } },
       test: {
         globalSetup: [${JSON.stringify(join(repository, 'packages/testing/src/server/global-setup.ts'))}],
         projects: [{ extends: true, test: { name: 'one' } }, { extends: true, test: { name: 'two' } }],
       },
     };`,
  );
  const { NESTARC_TEST_ADMIN_URL: _shared, ...env } = process.env;
  const cli = join(repository, 'node_modules/vitest/vitest.mjs');
  const args = [cli, 'run', '--config', join(project, 'vitest.config.mjs')];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: project, env });
  expect(stdout).toMatch(/Tests .*2 passed/);
  expect(stdout).not.toMatch(/timed out/);
  rmSync(project, { recursive: true });
});
