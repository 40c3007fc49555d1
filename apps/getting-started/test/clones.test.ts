import { createTestDatabase } from '@nestarc/testing';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { makeClone, type Clone, type CloneOptions } from './fixture/clone';
import { curlCommandsOf, getUsers, runCurl } from './fixture/curl';
import { npmStart } from './fixture/started-app';

// Each test runs npm, the compiler and PostgreSQL, perhaps beside another one that does.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const COMMANDS = curlCommandsOf(join(__dirname, '../README.md'));
const NOBODY = { uid: 65_534, gid: 65_534 };
const isRoot = process.getuid?.() === 0;
const ALICE = '[{"id":1,"name":"Alice","tenantId":"tenant-a"}]';
const asTenantA = { 'X-Tenant-Id': 'tenant-a' };

function clone(options?: CloneOptions): Clone {
  const made = makeClone(options);
  onTestFinished(() => made.remove());
  return made;
}

async function createAlice(port: number): Promise<void> {
  const [command = ''] = COMMANDS;
  expect(await runCurl(command, port)).toMatchObject({ status: 201 });
}

test('two clones run side by side, each with data of its own', async () => {
  const [first, second] = [clone(), clone()];
  const apps = await Promise.all([npmStart(first), npmStart(second)]);
  await Promise.all(apps.map((app) => app.ready));
  await createAlice(apps[0].port);
  expect(await getUsers(apps[0].port, asTenantA)).toEqual({ status: 200, body: ALICE });
  expect(await getUsers(apps[1].port, asTenantA)).toEqual({ status: 200, body: '[]' });
  await apps[0].interrupt();
  expect(first.servers()).toEqual([]);
  expect(second.servers()).toHaveLength(1);
  await apps[1].interrupt();
});

describe.runIf(isRoot)('as root', () => {
  test('a clone below a folder only root may enter runs', async () => {
    const closed = clone({ parentMode: 0o700 });
    const app = await npmStart(closed);
    await app.ready;
    await createAlice(app.port);
    for (const pid of closed.servers()) expect(statSync(`/proc/${pid}`).uid).not.toBe(0);
    await app.interrupt();
    expect(closed.servers()).toEqual([]);
  });

  test('a clone of an ordinary user runs, and its data lies in it', async () => {
    const own = clone({ owner: NOBODY });
    const app = await npmStart(own);
    await app.ready;
    await createAlice(app.port);
    for (const pid of own.servers()) expect(statSync(`/proc/${pid}`).uid).toBe(NOBODY.uid);
    await app.interrupt();
    expect(await own.run('reset')).toContain(`Deleted ${own.path}/.nestarc/postgres-`);
  });
});

describe('a database of its own', () => {
  let project: Clone;

  beforeAll(() => {
    project = makeClone();
  });

  afterAll(() => project.remove());

  test('is used instead of the embedded server', async () => {
    await using database = await createTestDatabase();
    const app = await npmStart(project, {
      DATABASE_URL: database.appUrl,
      DATABASE_MIGRATION_URL: database.ownerUrl,
    });
    await app.ready;
    await createAlice(app.port);
    expect(await getUsers(app.port, asTenantA)).toEqual({ status: 200, body: ALICE });
    expect(project.servers()).toEqual([]);
    expect(app.output()).not.toContain(new URL(database.appUrl).password);
    await app.interrupt();
  });

  test('is not served as its owner', async () => {
    await using database = await createTestDatabase();
    const app = await npmStart(project, {
      DATABASE_URL: database.ownerUrl,
      DATABASE_MIGRATION_URL: database.ownerUrl,
    });
    await expect(app.ready).rejects.toThrow('CREATE ROLE');
    expect(await app.ended).toBe(1);
  });

  test.each(['DATABASE_URL', 'DATABASE_MIGRATION_URL'])('needs more than %s', async (name) => {
    const app = await npmStart(project, { [name]: 'postgresql://127.0.0.1:1/none' });
    await expect(app.ready).rejects.toThrow(new RegExp(`${name} is set, but DATABASE_\\w+ is not`));
    expect(await app.ended).toBe(1);
  });
});
