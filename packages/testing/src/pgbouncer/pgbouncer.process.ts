import { spawn, type ChildProcess } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AccountIds } from './pgbouncer.account';

/** How a PgBouncer is run. */
export interface PgBouncerLaunch {
  /** Path of the program. */
  readonly program: string;
  /** Folder of its files, which it may delete. */
  readonly folder: string;
  /** Path of its configuration. */
  readonly configuration: string;
  /** Port it is to listen on. */
  readonly port: number;
  /** Who runs it. */
  readonly account: AccountIds | undefined;
}

const READY_MS = 10_000;
const POLL_MS = 10;

/**
 * The shell lives as long as PgBouncer. Its helper waits for the end of a pipe from this process, which the system closes
 * however this process ends: no PgBouncer outlives its tests, not even those killed by SIGKILL, when no handler runs.
 * (A background command gets no standard input, hence descriptor 3.) SIGKILL, because the other signals mean different
 * things in different versions and PgBouncer keeps nothing. The pipe also ends when PgBouncer does, whose log is still to be
 * read then: hence the pause ahead of the removal.
 */
const SUPERVISOR = `
exec 3<&0
"$1" -q "$2" 3<&- & bouncer=$!
(cat <&3 >/dev/null; kill -9 $bouncer; sleep 2; rm -rf "$3") & helper=$!
wait $bouncer
`;

/** A PgBouncer this process has launched. */
export class PgBouncerProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #hasExited = false;

  constructor(launch: PgBouncerLaunch) {
    const { program, folder, configuration, account } = launch;
    this.#child = spawn('/bin/sh', ['-c', SUPERVISOR, 'sh', program, configuration, folder], {
      ...account,
      cwd: '/',
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
      // A session of its own: Ctrl-C in a terminal reaches this process only, whose tests may still need their database.
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#exited = new Promise<void>((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.once('error', () => resolve());
    }).then(() => void (this.#hasExited = true));
    // A test that forgets to stop it must still come to its end.
    this.#child.unref();
    (this.#child.stdin as Socket | null)?.unref();
    this.#child.stdin?.on('error', () => undefined);
  }

  /**
   * Waits until it accepts connections.
   *
   * @param port - port it is to listen on
   * @returns false when it has ended, or does not listen in time
   */
  async isReady(port: number): Promise<boolean> {
    const deadline = performance.now() + READY_MS;
    while (!this.#hasExited && performance.now() < deadline) {
      if (await accepts(port)) return !this.#hasExited;
      await Promise.race([this.#exited, sleep(POLL_MS)]);
    }
    return false;
  }

  /** Ends it and waits until it has gone. */
  async stop(): Promise<void> {
    this.#child.ref();
    this.#child.stdin?.end();
    await this.#exited;
  }
}

async function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
