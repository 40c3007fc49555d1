import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerAccount } from '../account/server-account';
import type { ServerBinaries } from '../binaries/server-binaries';
import type { ClusterLayout } from '../cluster/cluster-layout';
import { serverEnvironment } from './server-environment';
import { ServerLog } from './server-log';

/** What it takes to launch a server on an initialised cluster. */
export interface LaunchOptions {
  readonly layout: ClusterLayout;
  readonly binaries: ServerBinaries;
  readonly account: ServerAccount;
  readonly port: number;
  /** Server settings, passed on the command line. */
  readonly settings: Readonly<Record<string, string>>;
  readonly onLog: ((line: string) => void) | undefined;
}

/** How a launch ended. */
export type LaunchResult =
  { readonly outcome: 'ready'; readonly server: RunningServer } | { readonly outcome: 'exited'; readonly log: string };

/** How often the server's state is looked at, in milliseconds. */
const POLL_MS = 20;
/** How long an immediate shutdown may take before the server is killed, in milliseconds. */
const IMMEDIATE_STOP_MS = 10_000;

/** A postmaster this process has launched. */
export class RunningServer {
  readonly #child: ChildProcess;
  readonly #log: ServerLog;
  readonly #exited: Promise<void>;
  #stopping: Promise<void> | undefined;

  constructor(child: ChildProcess, log: ServerLog, exited: Promise<void>) {
    this.#child = child;
    this.#log = log;
    this.#exited = exited;
  }

  /** Tells the server to shut down and returns at once, for a process that cannot wait any more. */
  beginStop(): void {
    this.#child.kill('SIGINT');
  }

  /**
   * Shuts the server down and waits until it has gone: fast, then immediately, then by force.
   *
   * @param fastStopMs - how long the fast shutdown may take, in milliseconds
   */
  stop(fastStopMs: number): Promise<void> {
    this.#stopping ??= this.#stop(fastStopMs);
    return this.#stopping;
  }

  async #stop(fastStopMs: number): Promise<void> {
    const steps = [
      ['SIGINT', fastStopMs],
      ['SIGQUIT', IMMEDIATE_STOP_MS],
      ['SIGKILL', IMMEDIATE_STOP_MS],
    ] as const;
    for (const [signal, waitMs] of steps) {
      this.#child.kill(signal);
      if (await settlesWithin(this.#exited, waitMs)) break;
    }
    this.#log.close();
  }
}

/**
 * Launches the postmaster and waits until it accepts connections or has exited.
 *
 * It leads a session of its own, so that Ctrl-C in a terminal reaches only this process, which can then finish its work
 * before it stops the database.
 */
export async function launchServer(options: LaunchOptions): Promise<LaunchResult> {
  const { layout, binaries, account } = options;
  const log = new ServerLog(layout.logFile, options.onLog);
  const child = spawn(binaries.postgres, serverArguments(options), {
    ...account.ids,
    cwd: '/',
    env: serverEnvironment(),
    detached: true,
    stdio: ['ignore', log.descriptor, log.descriptor],
  });
  let failure: Error | undefined;
  let hasExited = false;
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => {
      failure = error;
      resolve();
    });
  }).then(() => void (hasExited = true));

  while (!hasExited) {
    if (await isReady(layout, child.pid)) return { outcome: 'ready', server: new RunningServer(child, log, exited) };
    await Promise.race([exited, sleep(POLL_MS)]);
  }
  const text = failure?.message ?? log.read();
  log.close();
  return { outcome: 'exited', log: text };
}

function serverArguments({ layout, port, settings }: LaunchOptions): string[] {
  const all = {
    ...settings,
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    cluster_name: layout.clusterName,
  };
  return ['-D', layout.data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/** The eighth line of postmaster.pid is what pg_ctl waits for, too. */
async function isReady(layout: ClusterLayout, pid: number | undefined): Promise<boolean> {
  const text = await readFile(layout.postmasterFile, 'utf8').catch(() => '');
  const lines = text.split('\n');
  return lines[0] === String(pid) && lines[7]?.trim() === 'ready';
}

async function settlesWithin(promise: Promise<void>, timeoutMs: number): Promise<boolean> {
  const timeout = new AbortController();
  const timedOut = sleep(timeoutMs, false, { signal: timeout.signal }).catch(() => false);
  const settled = await Promise.race([promise.then(() => true), timedOut]);
  timeout.abort();
  return settled;
}
