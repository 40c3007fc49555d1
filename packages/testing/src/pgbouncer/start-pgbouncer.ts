import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { findFreePort } from '../network/free-port';
import { findProgram } from '../programs/required-program';
import { pgBouncerAccount } from './pgbouncer.account';
import { pgBouncerIni, pgBouncerUserList, userOf, type PgBouncerUser } from './pgbouncer.configuration';
import { PgBouncerProcess } from './pgbouncer.process';

/** How PgBouncer is run. */
export interface PgBouncerOptions {
  /**
   * Connection string of the server, with the role that connects through PgBouncer; several, of one server, for several
   * roles. Every database of the server can be reached.
   */
  readonly url: string | readonly string[];
  /** When a server connection goes back to its pool. @defaultValue `transaction` */
  readonly poolMode?: 'session' | 'transaction' | 'statement' | undefined;
  /** Server connections for each pair of database and role. @defaultValue 2 */
  readonly poolSize?: number | undefined;
  /** Most client connections. @defaultValue 1,000 */
  readonly maxClients?: number | undefined;
  /**
   * Startup parameters that PgBouncer drops, beyond those it knows; a client that sends any other is refused.
   * @defaultValue `extra_float_digits`
   */
  readonly ignoreStartupParameters?: readonly string[] | undefined;
  /** Further settings of PgBouncer by name; they come last. @defaultValue none */
  readonly settings?: Readonly<Record<string, string | number>> | undefined;
}

/** A running PgBouncer. */
export interface PgBouncer extends AsyncDisposable {
  /** The given connection string, or the first of them, through PgBouncer. */
  readonly url: string;
  /** TCP port it listens on. */
  readonly port: number;
  /**
   * Makes a connection string lead through PgBouncer.
   *
   * @param url - connection string of a database of the server, with a role that PgBouncer knows
   */
  through(url: string): string;
  /**
   * Asks the admin console.
   *
   * @param what - name of a statistic, such as `POOLS`, `SERVERS`, `CLIENTS` or `STATS`
   */
  show(what: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Ends all connections and waits until PgBouncer has gone; safe to call more than once. */
  stop(): Promise<void>;
}

/** Thrown when PgBouncer is not installed, or does not start. */
export class PgBouncerError extends Error {
  override readonly name = 'PgBouncerError';
}

/** Ports may be taken between the moment they are found free and the moment PgBouncer listens. */
const MAX_LAUNCHES = 5;
const CONSOLE = 'pgbouncer';

/** Tells whether PgBouncer is installed on this machine. */
export function isPgBouncerInstalled(): boolean {
  return findProgram('pgbouncer') !== undefined;
}

/**
 * Starts the PgBouncer of the system in front of a server: on a free port of 127.0.0.1, in a folder of its own. It ends
 * with this process, however that ends.
 *
 * @param options - see {@link PgBouncerOptions}
 * @throws {@link PgBouncerError} when it is not installed, or with its log when it does not start
 */
export async function startPgBouncer(options: PgBouncerOptions): Promise<PgBouncer> {
  const program = findProgram('pgbouncer');
  if (program === undefined) throw new PgBouncerError('PgBouncer is not installed');
  const urls = typeof options.url === 'string' ? [options.url] : options.url;
  const [first] = urls;
  if (first === undefined) throw new PgBouncerError('startPgBouncer needs at least one url');
  if (new Set(urls.map((url) => new URL(url).host)).size > 1) {
    throw new PgBouncerError('startPgBouncer needs the urls of one server');
  }
  const admin = { name: 'nestarc_console', password: randomBytes(16).toString('hex') };
  const { server, port } = await launch({ program, first, users: [...urls.map(userOf), admin], admin, options });
  const through = (url: string): string => atPort(url, port);
  const consoleUrl = `postgresql://${admin.name}:${admin.password}@127.0.0.1:${port}/${CONSOLE}`;
  return {
    url: through(first),
    port,
    through,
    show: (what) => show(consoleUrl, what),
    stop: () => server.stop(),
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

interface LaunchContext {
  readonly program: string;
  readonly first: string;
  readonly users: readonly PgBouncerUser[];
  readonly admin: PgBouncerUser;
  readonly options: PgBouncerOptions;
}

interface Stoppable {
  stop(): Promise<void>;
}

async function launch(context: LaunchContext): Promise<{ server: Stoppable; port: number }> {
  const account = pgBouncerAccount();
  const { program } = context;
  let log = '';
  for (let attempt = 0; attempt < MAX_LAUNCHES; attempt++) {
    const folder = await mkdtemp(join(tmpdir(), 'nestarc-pgbouncer-'));
    const port = await findFreePort();
    const configuration = join(folder, 'pgbouncer.ini');
    const userList = join(folder, 'userlist.txt');
    await writeFile(userList, pgBouncerUserList(context.users), { mode: 0o600 });
    await writeFile(configuration, ini(context, folder, port), { mode: 0o600 });
    if (account !== undefined) {
      for (const path of [folder, configuration, userList]) await chown(path, account.uid, account.gid);
    }
    const running = new PgBouncerProcess({ program, folder, configuration, port, account });
    const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
    if (await running.isReady(port)) return { server: { stop: () => running.stop().then(remove) }, port };
    log = await readFile(join(folder, 'pgbouncer.log'), 'utf8').catch(() => '');
    await running.stop();
    await remove();
    if (!/address already in use/i.test(log)) break;
  }
  throw new PgBouncerError(`PgBouncer did not start:\n${log.trim().split('\n').slice(-15).join('\n')}`);
}

function ini({ first, admin, options }: LaunchContext, folder: string, port: number): string {
  const server = new URL(first);
  const ignored = ['extra_float_digits', ...(options.ignoreStartupParameters ?? [])];
  return pgBouncerIni({
    host: server.hostname,
    port: server.port || '5432',
    settings: {
      listen_addr: '127.0.0.1',
      listen_port: port,
      unix_socket_dir: '',
      auth_type: 'scram-sha-256',
      auth_file: join(folder, 'userlist.txt'),
      logfile: join(folder, 'pgbouncer.log'),
      admin_users: admin.name,
      pool_mode: options.poolMode ?? 'transaction',
      default_pool_size: options.poolSize ?? 2,
      max_client_conn: options.maxClients ?? 1_000,
      ignore_startup_parameters: [...new Set(ignored)].join(','),
      log_connections: 0,
      log_disconnections: 0,
      ...options.settings,
    },
  });
}

function atPort(url: string, port: number): string {
  const result = new URL(url);
  result.hostname = '127.0.0.1';
  result.port = String(port);
  return result.href;
}

/** The console speaks the simple protocol only, which is what pg uses for a statement without parameters. */
async function show(url: string, what: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  if (!/^[A-Za-z_]+$/.test(what)) throw new PgBouncerError(`"${what}" is no name of a statistic`);
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(`SHOW ${what}`)).rows;
  } finally {
    await client.end();
  }
}
