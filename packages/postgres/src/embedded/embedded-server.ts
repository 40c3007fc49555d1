import type { ClusterLayout } from './cluster/cluster-layout';
import type { DirectoryLock } from './cluster/directory-lock';
import { HOST } from './process/free-port';
import type { RunningServer } from './process/server-process';
import { stopOnExit } from './process/stop-on-exit';

/** A login role and its password. */
export interface RoleCredentials {
  /** Name of the role. */
  readonly name: string;
  /** Its password in plain text. */
  readonly password: string;
}

/** A running embedded PostgreSQL server. */
export interface EmbeddedPostgres extends AsyncDisposable {
  /** Always `127.0.0.1`. */
  readonly host: string;
  /** TCP port it listens on. */
  readonly port: number;
  /** Folder that holds its data; free of symbolic links. */
  readonly dataDirectory: string;
  /** File the server logs to. */
  readonly logFile: string;
  /** Connection string of the superuser for the database `postgres`. */
  readonly adminUrl: string;
  /**
   * Builds a connection string.
   *
   * @param database - defaults to `postgres`
   * @param role - defaults to the superuser
   */
  url(database?: string, role?: RoleCredentials): string;
  /** Shuts the server down and waits until it has gone; safe to call more than once. */
  stop(): Promise<void>;
}

interface EmbeddedServerParts {
  readonly layout: ClusterLayout;
  readonly port: number;
  readonly password: string;
  readonly server: RunningServer;
  readonly lock: DirectoryLock;
  readonly stopTimeoutMs: number;
  readonly stopOnExit: boolean;
}

/** @internal */
export class EmbeddedServer implements EmbeddedPostgres {
  readonly host = HOST;
  readonly port: number;
  readonly dataDirectory: string;
  readonly logFile: string;
  readonly #parts: EmbeddedServerParts;
  readonly #removeHandlers: (() => void) | undefined;
  #stopping: Promise<void> | undefined;

  constructor(parts: EmbeddedServerParts) {
    this.port = parts.port;
    this.dataDirectory = parts.layout.root;
    this.logFile = parts.layout.logFile;
    this.#parts = parts;
    if (parts.stopOnExit) {
      const beginStop = (): void => parts.server.beginStop();
      this.#removeHandlers = stopOnExit({ beginStop, stop: () => this.stop() });
    }
  }

  get adminUrl(): string {
    return this.url();
  }

  url(database = 'postgres', role: RoleCredentials = { name: 'postgres', password: this.#parts.password }): string {
    const [name, password, path] = [role.name, role.password, database].map(encodeURIComponent);
    return `postgresql://${name}:${password}@${this.host}:${this.port}/${path}`;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    await this.#parts.server.stop(this.#parts.stopTimeoutMs);
    await this.#parts.lock.release();
    this.#removeHandlers?.();
  }
}
