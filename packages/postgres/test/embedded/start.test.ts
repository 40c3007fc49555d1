import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@nestarc/postgres/embedded';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { serverPids, untilGone } from './fixture/process-list';
import { query } from './fixture/query';
import { initialisedFolder, removeTemplate, temporaryFolder } from './fixture/temporary-folder';

afterAll(removeTemplate);

const isRoot = process.getuid?.() === 0;

describe('the embedded server', () => {
  test('creates its data on the first start and finds it on the second', async () => {
    await using folder = await temporaryFolder();
    const dataDirectory = join(folder.path, 'new', 'data');
    const first = await startEmbeddedPostgres({ dataDirectory });
    await query(first.adminUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();

    const second = await startEmbeddedPostgres({ dataDirectory });
    expect(second.port).toBe(first.port);
    expect(await query(second.adminUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    await second.stop();
  });

  test('listens on 127.0.0.1 only, wants a password, and keeps it in a file only its account can read', async () => {
    await using folder = await initialisedFolder();
    await using server = await startEmbeddedPostgres({ dataDirectory: folder.path, durable: false });
    const settings = `SELECT name, setting FROM pg_settings
      WHERE name IN ('listen_addresses', 'unix_socket_directories', 'fsync', 'server_encoding', 'TimeZone') ORDER BY name COLLATE "C"`;
    expect(await query(server.adminUrl, settings)).toEqual([
      { name: 'TimeZone', setting: 'UTC' },
      { name: 'fsync', setting: 'off' },
      { name: 'listen_addresses', setting: '127.0.0.1' },
      { name: 'server_encoding', setting: 'UTF8' },
      { name: 'unix_socket_directories', setting: '' },
    ]);
    await expect(query(server.url('postgres', { name: 'postgres', password: 'guess' }), 'SELECT 1')).rejects.toThrow(
      'password authentication failed',
    );
    const passwordFile = join(folder.path, 'cluster/superuser-password');
    expect((await stat(passwordFile)).mode & 0o777).toBe(0o600);
    expect(await readFile(passwordFile, 'utf8')).toHaveLength(32);
  });

  test('stopping ends every process, cuts connections, and may be repeated', async () => {
    await using folder = await initialisedFolder();
    const server = await startEmbeddedPostgres({ dataDirectory: folder.path, durable: false });
    const sleeping = query(server.adminUrl, 'SELECT pg_sleep(60)').catch((error: unknown) => error);
    expect(serverPids(folder.path).length).toBeGreaterThan(4);
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    expect(serverPids(folder.path)).toEqual([]);
    expect(await sleeping).toBeInstanceOf(Error);
  });

  test('a shutdown that hangs becomes an immediate one', async () => {
    await using folder = await initialisedFolder();
    const server = await startEmbeddedPostgres({ dataDirectory: folder.path, durable: false, stopTimeoutMs: 500 });
    const [backend] = await query<{ pid: number }>(
      server.adminUrl,
      `SELECT pid FROM pg_stat_activity WHERE backend_type = 'background writer'`,
    );
    process.kill(backend?.pid ?? 0, 'SIGSTOP');
    await server.stop();
    expect(await untilGone(folder.path)).toEqual([]);
  });

  test('passes settings on and delivers log lines', async () => {
    await using folder = await initialisedFolder();
    const lines: string[] = [];
    const server = await startEmbeddedPostgres({
      dataDirectory: folder.path,
      durable: false,
      settings: { max_connections: '17', timezone: 'Europe/Rome' },
      onLog: (line) => lines.push(line),
    });
    expect(await query(server.adminUrl, 'SHOW max_connections')).toEqual([{ max_connections: '17' }]);
    expect(await query(server.adminUrl, 'SHOW timezone')).toEqual([{ TimeZone: 'Europe/Rome' }]);
    await server.stop();
    expect(lines.some((line) => line.includes('ready to accept connections'))).toBe(true);
    expect(lines.at(-1)).toContain('database system is shut down');
    expect(await readFile(server.logFile, 'utf8')).toContain('database system is shut down');
  });

  test('two servers run side by side', async () => {
    await using folder = await temporaryFolder();
    const [a, b] = await Promise.all(
      ['a', 'b'].map((name) => startEmbeddedPostgres({ dataDirectory: join(folder.path, name), durable: false })),
    );
    expect(a?.port).not.toBe(b?.port);
    await a?.stop();
    expect(await query(b?.adminUrl ?? '', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await b?.stop();
  });
});

describe('the port', () => {
  test('is another one when the last was taken meanwhile', async () => {
    await using folder = await initialisedFolder();
    const blocker = await listen();
    await writeFile(join(folder.path, 'port'), String(blocker.port));
    await using server = await startEmbeddedPostgres({ dataDirectory: folder.path, durable: false });
    expect(server.port).not.toBe(blocker.port);
  });

  test('is refused by name when the one asked for is taken', async () => {
    await using folder = await initialisedFolder();
    const { port } = await listen();
    await expect(startEmbeddedPostgres({ dataDirectory: folder.path, durable: false, port })).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_PORT_IN_USE',
      message: expect.stringContaining(String(port)) as unknown,
    });
    expect(serverPids(folder.path)).toEqual([]);
  });
});

describe('the data directory', () => {
  test('is run by one process at a time', async () => {
    await using folder = await initialisedFolder();
    await using server = await startEmbeddedPostgres({ dataDirectory: folder.path, durable: false });
    await expect(startEmbeddedPostgres({ dataDirectory: folder.path })).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_DIRECTORY_IN_USE',
      message: expect.stringContaining(`process ${process.pid}`) as unknown,
    });
    expect(await query(server.adminUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('is refused when another major version made it', async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, 'cluster/data'), { recursive: true });
    await writeFile(join(folder.path, 'cluster/data/PG_VERSION'), '13\n');
    await expect(startEmbeddedPostgres({ dataDirectory: folder.path })).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_VERSION_MISMATCH',
      message: expect.stringContaining('PostgreSQL 13') as unknown,
    });
  });

  test('a setting the server refuses is reported with its log', async () => {
    await using folder = await initialisedFolder();
    const starting = startEmbeddedPostgres({ dataDirectory: folder.path, durable: false, settings: { max_wal: 'x' } });
    await expect(starting).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_FAILED',
      message: expect.stringContaining('unrecognized configuration parameter "max_wal"') as unknown,
    });
    await using server = await startEmbeddedPostgres({ dataDirectory: folder.path, durable: false });
    expect(await query(server.adminUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test.runIf(isRoot)('is refused by name of the folder that is closed to the account', async () => {
    await using folder = await temporaryFolder();
    const closed = join(folder.path, 'closed');
    await mkdir(closed);
    await chmod(closed, 0o700);
    await expect(startEmbeddedPostgres({ dataDirectory: join(closed, 'deep', 'data') })).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_DIRECTORY_UNUSABLE',
      message: expect.stringContaining(`cannot enter ${closed},`) as unknown,
    });
  });
});

async function listen(): Promise<AddressInfo> {
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void blocker.close());
  return blocker.address() as AddressInfo;
}
