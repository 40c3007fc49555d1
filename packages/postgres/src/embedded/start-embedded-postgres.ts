import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { resolveServerAccount, type ServerAccount } from './account/server-account';
import { prepareBinaries, type ServerBinaries } from './binaries/server-binaries';
import type { ClusterLayout } from './cluster/cluster-layout';
import { openDataDirectory } from './cluster/data-directory';
import { acquireDirectoryLock } from './cluster/directory-lock';
import { initialiseCluster } from './cluster/initialise-cluster';
import { stopLeftovers } from './cluster/stop-leftovers';
import { EmbeddedPostgresError } from './embedded-postgres.error';
import { EmbeddedServer, type EmbeddedPostgres } from './embedded-server';
import { findFreePort } from './process/free-port';
import { launchServer, type RunningServer } from './process/server-process';

/** How the embedded server is run. */
export interface EmbeddedPostgresOptions {
  /** Folder that holds the data; made when absent. One running process at a time may use it. */
  readonly dataDirectory: string;
  /** TCP port on 127.0.0.1. @defaultValue the port used last if it is free, else any free one */
  readonly port?: number | undefined;
  /** False trades crash safety for speed, for data that may be lost. @defaultValue true */
  readonly durable?: boolean | undefined;
  /** Further server settings by name, such as `max_connections`. @defaultValue none; the time zone is UTC */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /**
   * Folder of an installed `@embedded-postgres/<platform>` package whose server is started, to test against another
   * version. @defaultValue the one that the installed `embedded-postgres` brings
   */
  readonly binariesPackage?: string | undefined;
  /** How long a fast shutdown may take before it becomes an immediate one, in milliseconds. @defaultValue 10 000 */
  readonly stopTimeoutMs?: number | undefined;
  /** Stops the server when this process ends or receives SIGINT, SIGTERM or SIGHUP. @defaultValue false */
  readonly stopOnExit?: boolean | undefined;
  /** Called with each line of the server's log. @defaultValue the lines go to the log file only */
  readonly onLog?: ((line: string) => void) | undefined;
}

interface LaunchContext {
  readonly options: EmbeddedPostgresOptions;
  readonly layout: ClusterLayout;
  readonly binaries: ServerBinaries;
  readonly account: ServerAccount;
}

const VOLATILE_SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } as const;
/** Ports may be taken between the moment they are found free and the moment the server binds. */
const MAX_LAUNCHES = 10;
/** How long to wait before trying again while a dying backend still holds the shared memory, in milliseconds. */
const SHARED_MEMORY_RETRY_MS = 500;
const DEFAULT_STOP_TIMEOUT_MS = 10_000;

/**
 * Starts a real PostgreSQL server for development and tests, on data of its own.
 *
 * The first start creates the cluster; later ones find its data. What a killed server or a killed owner left behind is
 * cleaned up first. The server listens on 127.0.0.1 only. As root it runs under the account `postgres`.
 *
 * @throws {@link EmbeddedPostgresError} with `EMBEDDED_POSTGRES_DIRECTORY_IN_USE` when a running process has the data
 * directory, with `EMBEDDED_POSTGRES_PORT_IN_USE` when the given port is taken, and with other codes when the server
 * cannot be prepared or does not start
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const account = await resolveServerAccount();
  const binaries = await prepareBinaries(account, options.binariesPackage);
  const layout = await openDataDirectory(options.dataDirectory, account);
  const lock = await acquireDirectoryLock(layout);
  try {
    await stopLeftovers(layout);
    await initialiseCluster({ layout, binaries, account, durable: options.durable ?? true });
    const { server, port } = await launch({ options, layout, binaries, account });
    await writeFile(layout.portFile, String(port));
    const password = await readFile(layout.passwordFile, 'utf8');
    return new EmbeddedServer({
      layout,
      port,
      password,
      server,
      lock,
      stopTimeoutMs: options.stopTimeoutMs ?? DEFAULT_STOP_TIMEOUT_MS,
      stopOnExit: options.stopOnExit ?? false,
    });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function launch(context: LaunchContext): Promise<{ server: RunningServer; port: number }> {
  const { options, layout, binaries, account } = context;
  const settings = { timezone: 'UTC', ...(options.durable === false ? VOLATILE_SETTINGS : {}), ...options.settings };
  let preferred = options.port ?? (await readLastPort(layout));
  let log = '';
  for (let attempt = 0; attempt < MAX_LAUNCHES; attempt++) {
    const port = options.port ?? (await findFreePort(preferred));
    const result = await launchServer({ layout, binaries, account, port, settings, onLog: options.onLog });
    if (result.outcome === 'ready') return { server: result.server, port };
    log = result.log;
    if (/could not bind .*address/i.test(log)) {
      if (options.port !== undefined) throw portTaken(options.port);
      preferred = undefined;
    } else if (/shared memory block .* is still in use/.test(log)) {
      await sleep(SHARED_MEMORY_RETRY_MS);
    } else {
      break;
    }
  }
  const tail = log.trim().split('\n').slice(-15).join('\n');
  throw new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_FAILED',
    `PostgreSQL did not start (its log is ${layout.logFile}):\n${tail}`,
  );
}

async function readLastPort(layout: ClusterLayout): Promise<number | undefined> {
  const port = Number(await readFile(layout.portFile, 'utf8').catch(() => ''));
  return Number.isInteger(port) && port > 0 ? port : undefined;
}

function portTaken(port: number): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_PORT_IN_USE',
    `Port ${port} is in use, so the embedded PostgreSQL cannot listen on it. Choose another, or leave the port out.`,
  );
}
