import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createContext, parseTenantId, runWithContext } from '@nestarc/core';
import { ContextPool } from '@nestarc/postgres';
import { createTestDatabase, detectLeaks, expectNoLeaks, LeakError, type TestDatabase } from '@nestarc/testing';
import { Client, Pool, type PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const graceMs = 200;
const as = <T>(tenant: string, work: () => T): T =>
  runWithContext(createContext({ tenantId: parseTenantId(tenant) }), work);

describe('expectNoLeaks', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('passes work on that leaves nothing behind, and its result', async () => {
    const work = async (): Promise<number> => {
      const pool = new Pool({ connectionString: database.appUrl });
      await pool.query('SELECT 1');
      await sleep(5);
      setTimeout(() => undefined, 50);
      await pool.end();
      return 42;
    };
    expect(await expectNoLeaks(work, { database })).toBe(42);
  });

  it('throws what the work throws', async () => {
    const work = (): Promise<void> => Promise.reject(new Error('on purpose'));
    await expect(expectNoLeaks(work)).rejects.toThrow('on purpose');
  });

  it('names a timer and the place where it was made', async () => {
    let timer: NodeJS.Timeout | undefined;
    const leaking = expectNoLeaks(() => void (timer = setInterval(() => undefined, 1_000)), { graceMs });
    await expect(leaking).rejects.toBeInstanceOf(LeakError);
    await expect(leaking).rejects.toThrow(/Left behind:\n {2}- timer: made at .*leaks\.test\.ts/);
    clearInterval(timer);
  });

  it('counts no timer that lets the process end, none of others, and none that is expected', async () => {
    const other = setInterval(() => undefined, 1_000);
    let timer: NodeJS.Timeout | undefined;
    const leaks = await detectLeaks(() => setInterval(() => undefined, 1_000).unref(), { graceMs });
    expect(leaks).toEqual([]);
    const work = (): void => void (timer = setInterval(() => undefined, 1_000));
    expect(await detectLeaks(work, { graceMs, ignore: ({ kind }) => kind === 'timer' })).toEqual([]);
    clearInterval(timer);
    clearInterval(other);
  });

  it('names a server by its address', async () => {
    let server: Server | undefined;
    const leaks = await detectLeaks(
      () => new Promise<void>((resolve) => void (server = createServer().listen(0, '127.0.0.1', resolve))),
      { graceMs },
    );
    expect(leaks).toMatchObject([
      { kind: 'handle', message: expect.stringMatching(/^server on 127\.0\.0\.1:\d+/) as unknown },
    ]);
    server?.close();
  });

  it('names a child process', async () => {
    let child: ChildProcess | undefined;
    const leaks = await detectLeaks(
      () => void (child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'])),
      { graceMs },
    );
    expect(leaks.map(({ message }) => message).join()).toContain('child process');
    child?.kill('SIGKILL');
  });

  it('names a connection by its socket and by what the server knows of it', async () => {
    const client = new Client({ connectionString: database.appUrl, application_name: 'forgetful' });
    const leaks = await detectLeaks(
      async () => {
        await client.connect();
        await client.query('SELECT 7');
      },
      { database, graceMs },
    );
    const { port } = new URL(database.appUrl);
    expect(leaks).toMatchObject([
      { kind: 'handle', message: expect.stringMatching(new RegExp(`^socket to 127\\.0\\.0\\.1:${port}`)) as unknown },
      {
        kind: 'connection',
        message: expect.stringMatching(/_app \(forgetful\), process \d+, idle, last: SELECT 7/) as unknown,
      },
    ]);
    await client.end();
  });

  it('names a transaction that stays open, also on a connection that was there before', async () => {
    const client = new Client({ connectionString: database.appUrl });
    await client.connect();
    const leaks = await detectLeaks(() => client.query('BEGIN'), { database, graceMs });
    expect(leaks).toMatchObject([{ kind: 'transaction', message: expect.stringContaining('last: BEGIN') as unknown }]);
    await client.end();
  });

  it('leaves a pool that stays open its connections, and finds a client that was not given back', async () => {
    const pool = new ContextPool({ connectionString: database.appUrl, max: 2 });
    const query = (): Promise<unknown> => as('acme', () => pool.query('SELECT 1'));
    expect(await detectLeaks(query, { database, pools: [pool], graceMs })).toEqual([]);
    let client: PoolClient | undefined;
    const leaks = await detectLeaks(async () => (client = await as('acme', () => pool.connect())), {
      pools: [pool],
      graceMs,
    });
    expect(leaks).toEqual([{ kind: 'client', message: '1 of 1 clients of a pool were not given back' }]);
    client?.release();
    await pool.end();
  });

  it('finds a setting that stays on a connection', async () => {
    const pool = new Pool({ connectionString: database.appUrl, max: 1 });
    const set = (): Promise<unknown> => pool.query(`SELECT set_config('app.current_tenant', 'acme', false)`);
    const leaks = await detectLeaks(set, { pools: [pool], settings: ['app.current_tenant'], graceMs });
    expect(leaks).toEqual([
      { kind: 'context', message: 'app.current_tenant is "acme" on an idle connection of a pool' },
    ]);
    await pool.end();
    const contextual = new ContextPool({ connectionString: database.appUrl, max: 1 });
    contextual.on('connect', (client) => void client.query(`SELECT set_config('app.actor_id', 'u-1', false)`));
    const used = (): Promise<unknown> => as('acme', () => contextual.query('SELECT 1'));
    expect(await detectLeaks(used, { pools: [contextual], graceMs })).toMatchObject([{ kind: 'context' }]);
    await contextual.end();
  });
});
