import { connect, createServer, type Server, type Socket } from 'node:net';

/** Counts the SQL statements that clients have a PostgreSQL server run. */
export interface StatementCounter extends AsyncDisposable {
  /** Connection string that leads through the counter. */
  readonly url: string;
  /** Statements so far: Execute messages of the extended protocol and Query messages of the simple one. */
  readonly count: number;
  /** Starts the count at zero again. */
  reset(): void;
}

/**
 * Puts a proxy that counts statements in front of a PostgreSQL server. It counts what is asked of the server, settings,
 * BEGIN and COMMIT too, which `pg_stat_statements` would tell of only after loading it into the server that is measured.
 *
 * @param url - connection string of the server, without TLS
 */
export async function countStatements(url: string): Promise<StatementCounter> {
  const target = new URL(url);
  let count = 0;
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ host: target.hostname, port: Number(target.port || '5432'), noDelay: true });
    const messages = new MessageTypes();
    client.on('data', (chunk: Buffer) => {
      for (const type of messages.read(chunk)) if (type === 'E' || type === 'Q') count += 1;
    });
    for (const [socket, other] of [[client, upstream] as const, [upstream, client] as const]) {
      sockets.add(socket);
      socket.pipe(other);
      socket.on('error', () => other.destroy());
      socket.on('close', () => other.destroy());
    }
  });
  const proxied = new URL(url);
  proxied.hostname = '127.0.0.1';
  proxied.port = String(await listen(server));
  return {
    url: proxied.href,
    get count() {
      return count;
    },
    reset: () => {
      count = 0;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Reads the types of the messages a client sends: a letter, a length that includes itself, a body. */
export class MessageTypes {
  /** The start-up message has no letter. */
  #started = false;
  #rest: Buffer = Buffer.alloc(0);

  /**
   * Reads on.
   *
   * @param chunk - bytes that follow those read before
   * @returns the types of the messages that are complete now
   */
  read(chunk: Buffer): string[] {
    const types: string[] = [];
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const lengthAt = this.#started ? 1 : 0;
      if (this.#rest.length < lengthAt + 4) return types;
      const size = lengthAt + this.#rest.readInt32BE(lengthAt);
      if (this.#rest.length < size) return types;
      if (this.#started) types.push(String.fromCharCode(this.#rest[0] ?? 0));
      this.#started = true;
      this.#rest = this.#rest.subarray(size);
    }
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (typeof address === 'object' && address !== null) resolve(address.port);
    });
  });
}
