import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { makeClone, type Clone } from './fixture/clone';
import { curlCommandsOf, getUsers, runCurl } from './fixture/curl';
import { nodeStart, npmStart, type StartedApp } from './fixture/started-app';

// Each test runs npm, the compiler and PostgreSQL, perhaps beside another one that does.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const COMMANDS = curlCommandsOf(join(__dirname, '../README.md'));
const ALICE = '{"id":1,"name":"Alice","tenantId":"tenant-a"}';
const HISTORY = JSON.stringify(
  [
    ['User.restored', 'deletedAt', 'deletionId'],
    ['User.softDeleted', 'deletedAt', 'deletionId'],
    ['User.created', 'id', 'name', 'tenantId', 'deletedAt', 'deletedBy', 'deletionId'],
  ].map(([action, ...changed]) => ({ action, actorId: null, changed })),
);
const BOB = '{"id":2,"name":"Bob","tenantId":"tenant-b"}';

let clone: Clone;
let app: StartedApp;

beforeAll(() => {
  clone = makeClone();
});

afterAll(async () => {
  await clone.remove();
});

async function start(): Promise<StartedApp> {
  app = await npmStart(clone);
  await app.ready;
  return app;
}

/** Waits for the processes that a dead npm has left behind. */
async function untilStopped(): Promise<number[]> {
  const deadline = Date.now() + 10_000;
  while (clone.servers().length > 0 && Date.now() < deadline) await sleep(100);
  return clone.servers();
}

describe('npm start, the first time', () => {
  test('serves, and the commands of step 6 give what Getting Started prints, and those behind it what they say', async () => {
    await start();
    expect(COMMANDS).toHaveLength(8);
    const answers = [];
    for (const command of COMMANDS) answers.push(await runCurl(command, app.port));
    expect(answers).toEqual([
      { status: 201, body: ALICE },
      { status: 201, body: BOB },
      { status: 200, body: `[${ALICE}]` },
      { status: 200, body: `[${BOB}]` },
      { status: 200, body: ALICE },
      { status: 200, body: '[]' },
      { status: 200, body: ALICE },
      { status: 200, body: HISTORY },
    ]);
  });

  test('prints these commands with its port', () => {
    for (const command of COMMANDS) {
      const text = command.replace('localhost:3000', `localhost:${app.port}`).replace(/\s+/g, ' ');
      expect(app.output()).toContain(text);
    }
  });

  test('answers 403 without a tenant and 400 to a malformed one', async () => {
    expect(await getUsers(app.port, {})).toMatchObject({ status: 403 });
    expect(await getUsers(app.port, { 'X-Tenant-Id': "a' OR 1=1" })).toMatchObject({ status: 400 });
    expect(await getUsers(app.port, { 'X-Tenant-Id': 'tenant-c' })).toEqual({ status: 200, body: '[]' });
  });

  test('connects as a role that owns no table and does not bypass row-level security', async () => {
    const [, url] = /psql "([^"]+)"/.exec(app.output()) ?? [];
    const client = new Client({ connectionString: url });
    await client.connect();
    const role = await client.query(
      `SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,
              EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid) AS owns,
              pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = 'users'::regclass), 'MEMBER') AS member
       FROM pg_roles WHERE rolname = current_user`,
    );
    expect(role.rows).toEqual([
      { rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcreatedb: false, owns: false, member: false },
    ]);
    expect((await client.query('SELECT * FROM users')).rows).toEqual([]);
    await expect(client.query(`INSERT INTO users (name, tenant_id) VALUES ('x', '')`)).rejects.toThrow();
    await client.end();
  });
});

describe('while it runs', () => {
  test('a second npm start of the same clone says so and ends', async () => {
    const second = await npmStart(clone);
    await expect(second.ready).rejects.toThrow(/already run by process \d+/);
    expect(await second.ended).toBe(1);
    expect(clone.servers()).toHaveLength(1);
  });

  test('npm run reset refuses', async () => {
    expect(await clone.run('reset')).toMatch(/already run by process \d+/);
    expect(await getUsers(app.port, { 'X-Tenant-Id': 'tenant-a' })).toEqual({ status: 200, body: `[${ALICE}]` });
  });
});

describe('Ctrl-C', () => {
  test('ends the application and its database before npm ends', async () => {
    await app.interrupt();
    expect(clone.servers()).toEqual([]);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('like %s, is an orderly end: exit code 0', async (signal) => {
    app = await nodeStart(clone);
    await app.ready;
    process.kill(app.pid, signal);
    expect(await app.ended).toBe(0);
    expect(clone.servers()).toEqual([]);
  });

  test('during the start leaves nothing running', async () => {
    for (const afterMs of [600, 1_400, 2_200]) {
      const starting = await npmStart(clone);
      starting.ready.catch(() => undefined);
      await sleep(afterMs);
      await starting.interrupt();
      expect(await untilStopped()).toEqual([]);
    }
  });
});

describe('a busy port', () => {
  test.each(['0.0.0.0', '127.0.0.1', undefined])(
    'on %s is named, with a way out, before anything starts',
    async (host) => {
      const blocker = createServer();
      await new Promise<void>((resolve) => blocker.listen({ port: 0, host }, resolve));
      const { port } = blocker.address() as { port: number };
      const blocked = await npmStart(clone, { PORT: String(port) });
      await expect(blocked.ready).rejects.toThrow(`Port ${port} is in use. Choose another: PORT=${port + 1} npm start`);
      expect(await blocked.ended).toBe(1);
      expect(clone.servers()).toEqual([]);
      blocker.close();
    },
  );

  test('and what is no port are refused', async () => {
    const refused = await npmStart(clone, { PORT: '70000' });
    await expect(refused.ready).rejects.toThrow('PORT is 70000, which is not a port');
    expect(await refused.ended).toBe(1);
  });
});

describe('npm start, again', () => {
  test('installs nothing and finds the data', async () => {
    await start();
    expect(app.output()).not.toContain('Installed in');
    expect(await getUsers(app.port, { 'X-Tenant-Id': 'tenant-b' })).toEqual({ status: 200, body: `[${BOB}]` });
  });

  test('SIGTERM to npm alone ends the application and its database', async () => {
    process.kill(app.pid, 'SIGTERM');
    await app.ended;
    expect(await untilStopped()).toEqual([]);
  });

  test('starts after everything was killed', async () => {
    await start();
    process.kill(-app.pid, 'SIGKILL');
    await app.ended;
    expect(clone.servers()).toHaveLength(1);
    await start();
    expect(clone.servers()).toHaveLength(1);
    expect(await getUsers(app.port, { 'X-Tenant-Id': 'tenant-a' })).toEqual({ status: 200, body: `[${ALICE}]` });
    await app.interrupt();
    expect(clone.servers()).toEqual([]);
  });

  test('starts empty after npm run reset', async () => {
    expect(await clone.run('reset')).toContain('Deleted');
    expect(await clone.run('reset')).toContain('no data to delete');
    await start();
    expect(await getUsers(app.port, { 'X-Tenant-Id': 'tenant-a' })).toEqual({ status: 200, body: '[]' });
    await app.interrupt();
    expect(clone.servers()).toEqual([]);
  });
});
