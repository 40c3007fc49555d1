import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, parseTenantId, runWithContext } from '@nestarc/core';
import { ContextPool } from '@nestarc/postgres';
import {
  createTestDatabase,
  findProgram,
  isPgBouncerInstalled,
  PgBouncerError,
  ProgramMissingError,
  requireProgram,
  startPgBouncer,
} from '@nestarc/testing';
import { Client, Pool } from 'pg';
import ts from 'typescript';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { findFreePort } from '../src/network/free-port';
import { pgBouncerAccount, type AccountIds } from '../src/pgbouncer/pgbouncer.account';
import { pgBouncerIni } from '../src/pgbouncer/pgbouncer.configuration';

const SCHEMA = `
  CREATE TABLE notes (
    body text NOT NULL,
    tenant_id text NOT NULL DEFAULT NULLIF(current_setting('app.current_tenant', true), '')
  );
  ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
  ALTER TABLE notes FORCE ROW LEVEL SECURITY;
  CREATE POLICY tenant_isolation ON notes
    USING (tenant_id = NULLIF(current_setting('app.current_tenant', true), ''));
`;

const as = <T>(tenant: string, work: () => T): T =>
  runWithContext(createContext({ tenantId: parseTenantId(tenant) }), work);

async function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** A folder with a configuration that PgBouncer starts with. */
async function preparePgBouncer(): Promise<{ folder: string; port: number; account: AccountIds | undefined }> {
  const folder = mkdtempSync(join(tmpdir(), 'nestarc-pgbouncer-'));
  const port = await findFreePort();
  const account = pgBouncerAccount();
  const settings = { listen_addr: '127.0.0.1', listen_port: port, unix_socket_dir: '', auth_type: 'any' };
  writeFileSync(join(folder, 'pgbouncer.ini'), pgBouncerIni({ host: '127.0.0.1', port: '1', settings }));
  if (account !== undefined) {
    for (const path of [folder, join(folder, 'pgbouncer.ini')]) chownSync(path, account.uid, account.gid);
  }
  return { folder, port, account };
}

describe.runIf(requireProgram('pgbouncer'))('startPgBouncer', () => {
  it('gives 200 clients two server connections in transaction mode, and each its own tenant’s rows', async () => {
    await using database = await createTestDatabase({ sql: SCHEMA });
    await using bouncer = await startPgBouncer({ url: database.appUrl, poolSize: 2 });
    const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const pool = new ContextPool({ connectionString: bouncer.url, max: 200 });
    for (const tenant of ['acme', 'umbrella']) {
      await as(tenant, () => pool.query('INSERT INTO notes (body) VALUES ($1)', [`of ${tenant}`]));
    }
    const read = async (n: number): Promise<boolean> => {
      const tenant = n % 2 === 0 ? 'acme' : 'umbrella';
      const { rows } = await as(tenant, () => pool.query<{ body: string }>('SELECT body FROM notes'));
      return rows.length === 1 && rows[0]?.body === `of ${tenant}`;
    };
    const right = await Promise.all(Array.from({ length: 3_000 }, (_, n) => read(n)));
    expect(right.filter((ok) => !ok)).toEqual([]);
    expect(pool.totalCount).toBe(200);
    const servers = (await bouncer.show('SERVERS')).filter((server) => server['database'] === database.name);
    expect(servers.length).toBeGreaterThan(0);
    expect(servers.length).toBeLessThanOrEqual(2);
    warnings.mockRestore();
    await pool.end();
  });

  it('shows what a session-level setting does behind it: the next client finds it', async () => {
    await using database = await createTestDatabase();
    await using bouncer = await startPgBouncer({ url: database.appUrl, poolSize: 1 });
    const pool = new Pool({ connectionString: bouncer.url, max: 2 });
    const [one, two] = [await pool.connect(), await pool.connect()];
    await one.query("SELECT set_config('app.current_tenant', 'acme', false)");
    const { rows } = await two.query("SELECT current_setting('app.current_tenant', true) AS value");
    expect(rows).toEqual([{ value: 'acme' }]);
    one.release();
    two.release();
    await pool.end();
  });

  it('lets several roles and all databases of the server through', async () => {
    await using first = await createTestDatabase();
    await using second = await createTestDatabase();
    await using bouncer = await startPgBouncer({ url: [first.appUrl, second.ownerUrl] });
    for (const url of [first.appUrl, second.ownerUrl]) {
      const client = new Client({ connectionString: bouncer.through(url) });
      await client.connect();
      const { rows } = await client.query('SELECT current_database() AS database, current_user AS role');
      expect(rows).toEqual([{ database: new URL(url).pathname.slice(1), role: new URL(url).username }]);
      await client.end();
    }
    await expect(new Client({ connectionString: bouncer.through(second.appUrl) }).connect()).rejects.toThrow();
  });

  it('ends with its connections, and is gone after stop()', async () => {
    await using database = await createTestDatabase();
    const bouncer = await startPgBouncer({ url: database.appUrl });
    const client = new Client({ connectionString: bouncer.url });
    client.on('error', () => undefined);
    await client.connect();
    await bouncer.stop();
    await bouncer.stop();
    await expect(new Client({ connectionString: bouncer.url }).connect()).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  it('dies with the process that started it, even by SIGKILL, and takes its folder along', async () => {
    const script = mkdtempSync(join(tmpdir(), 'pgbouncer-test-'));
    const source = readFileSync(join(__dirname, '../src/pgbouncer/pgbouncer.process.ts'), 'utf8');
    const module = ts.ModuleKind.CommonJS;
    writeFileSync(join(script, 'process.cjs'), ts.transpile(source, { module, target: ts.ScriptTarget.ES2022 }));
    // A process that does as startPgBouncer() does, with a folder of its own, and then waits to be killed.
    const main = `
      const { PgBouncerProcess } = require('./process.cjs');
      const [program, folder, port, ids] = JSON.parse(process.argv[2]);
      const running = new PgBouncerProcess({ program, folder, configuration: folder + '/pgbouncer.ini', account: ids });
      running.isReady(port).then((ready) => console.log(ready));
      setInterval(() => {}, 1000);
    `;
    writeFileSync(join(script, 'main.cjs'), main);
    const { folder, port, account } = await preparePgBouncer();
    const argument = JSON.stringify([findProgram('pgbouncer'), folder, port, account]);
    const child = spawn(process.execPath, [join(script, 'main.cjs'), argument], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [answer] = (await once(child.stdout, 'data')) as [Buffer];
    expect(answer.toString().trim()).toBe('true');
    child.kill('SIGKILL');
    await expect.poll(() => listens(port), { timeout: 5_000 }).toBe(false);
    await expect.poll(() => existsSync(folder), { timeout: 5_000 }).toBe(false);
    rmSync(script, { recursive: true });
  });

  it('says in its own words why it does not start', async () => {
    const start = startPgBouncer({ url: 'postgres://u:p@127.0.0.1:1/db', settings: { pool_mode: 'nonsense' } });
    await expect(start).rejects.toBeInstanceOf(PgBouncerError);
    await expect(start).rejects.toThrow('nonsense');
  });

  it('refuses a statistic that is no name', async () => {
    await using bouncer = await startPgBouncer({ url: 'postgres://u:p@127.0.0.1:1/db' });
    await expect(bouncer.show('POOLS; SHUTDOWN')).rejects.toBeInstanceOf(PgBouncerError);
    expect(await bouncer.show('POOLS')).not.toEqual([]);
  });
});

describe('requireProgram', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('finds programs on the PATH and where systems keep servers', () => {
    expect(requireProgram('node')).toBe(true);
    expect(existsSync(findProgram('sh') ?? '')).toBe(true);
    expect(isPgBouncerInstalled()).toBe(findProgram('pgbouncer') !== undefined);
  });

  it('warns once of one that is absent, and fails where CI is set', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    vi.stubEnv('CI', '');
    expect(requireProgram('no-such-program')).toBe(false);
    expect(requireProgram('no-such-program')).toBe(false);
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('no-such-program'), 'NestarcWarning');
    vi.stubEnv('CI', 'true');
    expect(() => requireProgram('no-such-program')).toThrow(ProgramMissingError);
    warn.mockRestore();
  });
});
