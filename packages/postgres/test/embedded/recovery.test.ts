import { spawn } from 'node:child_process';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbeddedPostgres } from '@nestarc/postgres/embedded';
import { Client } from 'pg';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { resolveServerAccount } from '../../src/embedded/account/server-account';
import { postmasterPid, serverPids, untilGone } from './fixture/process-list';
import { query } from './fixture/query';
import { spawnServer } from './fixture/server-child';
import { initialisedFolder, removeTemplate, temporaryFolder } from './fixture/temporary-folder';

afterAll(removeTemplate);

test('starts after the server was killed', async () => {
  await using folder = await initialisedFolder();
  const first = await startEmbeddedPostgres({ dataDirectory: folder.path });
  await query(first.adminUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
  process.kill(await postmasterPid(folder.path), 'SIGKILL');
  await first.stop();
  await using second = await startEmbeddedPostgres({ dataDirectory: folder.path });
  expect(await query(second.adminUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
});

test('stops the server of an owner that was killed, and no other', async () => {
  await using folder = await initialisedFolder();
  await using bystander = await startEmbeddedPostgres({
    dataDirectory: join(folder.path, 'bystander'),
    durable: false,
  });
  const dataDirectory = join(folder.path, 'orphaned');
  const owner = spawnServer({ dataDirectory, durable: false });
  const { adminUrl = '' } = await owner.report;
  await query(adminUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
  await owner.kill('SIGKILL');
  const orphan = await postmasterPid(dataDirectory);
  expect(serverPids(dataDirectory)).toContain(orphan);

  await using server = await startEmbeddedPostgres({ dataDirectory, durable: false });
  expect(serverPids(dataDirectory)).not.toContain(orphan);
  expect(await query(server.adminUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  expect(await query(bystander.adminUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('ends a backend that outlives its killed server and still holds the shared memory', async () => {
  await using folder = await initialisedFolder();
  const first = await startEmbeddedPostgres({ dataDirectory: folder.path, durable: false });
  const client = new Client({ connectionString: first.adminUrl });
  client.on('error', () => undefined);
  await client.connect();
  const backend = (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid;
  // A tight loop never looks whether the postmaster is alive.
  client.query('DO $$ BEGIN LOOP NULL; END LOOP; END $$').catch(() => undefined);
  await sleep(200);
  process.kill(await postmasterPid(folder.path), 'SIGKILL');
  await first.stop();
  expect(serverPids(folder.path)).toContain(backend);

  await using second = await startEmbeddedPostgres({ dataDirectory: folder.path, durable: false });
  expect(serverPids(folder.path)).not.toContain(backend);
  expect(await query(second.adminUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('leaves a stranger alone whose pid stands in postmaster.pid', async () => {
  await using folder = await initialisedFolder();
  const first = await startEmbeddedPostgres({ dataDirectory: folder.path, durable: false });
  const pidFile = join(folder.path, 'cluster/data/postmaster.pid');
  const record = await readFile(pidFile, 'utf8');
  await first.stop();
  const stranger = await spawnStranger();
  // The same account as the server: PostgreSQL itself would take it for a running server and refuse to start.
  await writeFile(pidFile, record.replace(/^\d+/, String(stranger.pid)));

  await using second = await startEmbeddedPostgres({ dataDirectory: folder.path, durable: false });
  expect(await query(second.adminUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
});

test('refuses while another process runs the server, and takes over when that one was killed', async () => {
  await using folder = await initialisedFolder();
  const other = spawnServer({ dataDirectory: folder.path, durable: false });
  const { adminUrl = '' } = await other.report;
  await expect(startEmbeddedPostgres({ dataDirectory: folder.path })).rejects.toMatchObject({
    code: 'EMBEDDED_POSTGRES_DIRECTORY_IN_USE',
    message: expect.stringContaining(`process ${other.process.pid}`) as unknown,
  });
  expect(await query(adminUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await other.kill('SIGKILL');
  await using server = await startEmbeddedPostgres({ dataDirectory: folder.path, durable: false });
  expect(await query(server.adminUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('takes over a lock whose pid was given to another process, and one that is unreadable', async () => {
  await using folder = await initialisedFolder();
  for (const lock of [JSON.stringify({ pid: process.pid, identity: 'an earlier process' }), '{"pi', '']) {
    await writeFile(join(folder.path, 'lock'), lock);
    const server = await startEmbeddedPostgres({ dataDirectory: folder.path, durable: false });
    await server.stop();
  }
});

test('of many starts at the same time one wins and the others say who', async () => {
  await using folder = await initialisedFolder();
  await writeFile(join(folder.path, 'lock'), '{"pid":0,"identity":""}');
  const children = Array.from({ length: 5 }, () => spawnServer({ dataDirectory: folder.path, durable: false }));
  const reports = await Promise.all(children.map((child) => child.report));
  expect(reports.filter(({ port }) => port !== undefined)).toHaveLength(1);
  expect(reports.filter(({ code }) => code === 'EMBEDDED_POSTGRES_DIRECTORY_IN_USE')).toHaveLength(4);
  for (const child of children) child.process.stdin?.end('stop');
  await Promise.all(children.map((child) => child.exited));
  expect(await untilGone(folder.path)).toEqual([]);
});

test('an interrupted first start leaves nothing in the way of the next', async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, 'cluster.partial-0123456789ab/data/base'), { recursive: true });
  for (const killAfterMs of [250, 500, 800, 1_200]) {
    const child = spawnServer({ dataDirectory: folder.path, durable: false });
    await sleep(killAfterMs);
    await child.kill('SIGKILL');
  }
  await using server = await startEmbeddedPostgres({ dataDirectory: folder.path, durable: false });
  expect(await query(server.adminUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect((await readdir(folder.path)).filter((name) => name.startsWith('cluster'))).toEqual(['cluster']);
});

/** A process of the account the server runs under that has nothing to do with it. */
async function spawnStranger(): Promise<ReturnType<typeof spawn>> {
  const { ids } = await resolveServerAccount();
  const stranger = spawn('/bin/sleep', ['60'], { ...ids, stdio: 'ignore', cwd: '/' });
  onTestFinished(() => void stranger.kill('SIGKILL'));
  return stranger;
}
