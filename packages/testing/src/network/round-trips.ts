import { connect, createServer, type Server, type Socket } from 'node:net';

/** Counts what passes between a client and a PostgreSQL server. */
export interface RoundTripCounter extends AsyncDisposable {
  /** Connection string that leads through the counter. */
  readonly url: string;
  /** How often clients have waited for the server: each answer after something was sent counts once. */
  readonly count: number;
  /** Bytes sent by clients. */
  readonly bytesSent: number;
  /** Bytes received by clients. */
  readonly bytesReceived: number;
  /** Starts all counts at zero again; call it when connections are open, for logging in takes round trips, too. */
  reset(): void;
  /** Ends all connections and stops listening. */
  close(): Promise<void>;
}

/**
 * Puts a counting TCP proxy in front of a PostgreSQL server.
 *
 * A statement sent while an earlier answer is still arriving counts as a round trip of its own, so the count is never
 * too low.
 *
 * @param url - connection string of the server
 */
export async function countRoundTrips(url: string): Promise<RoundTripCounter> {
  const target = new URL(url);
  const counter = new Counter();
  const server = createServer((client) => {
    const upstream = connect({ host: target.hostname, port: Number(target.port || '5432'), noDelay: true });
    counter.join(client.setNoDelay(true), upstream);
  });
  const port = await listen(server);
  const proxied = new URL(url);
  proxied.hostname = '127.0.0.1';
  proxied.port = String(port);
  const close = async (): Promise<void> => {
    counter.end();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return {
    url: proxied.href,
    get count() {
      return counter.roundTrips;
    },
    get bytesSent() {
      return counter.bytesSent;
    },
    get bytesReceived() {
      return counter.bytesReceived;
    },
    reset: () => counter.reset(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

class Counter {
  roundTrips = 0;
  bytesSent = 0;
  bytesReceived = 0;
  readonly #sockets = new Set<Socket>();

  join(client: Socket, upstream: Socket): void {
    let clientWaits = false;
    client.on('data', (chunk: Buffer) => {
      this.bytesSent += chunk.length;
      clientWaits = true;
    });
    upstream.on('data', (chunk: Buffer) => {
      this.bytesReceived += chunk.length;
      if (clientWaits) this.roundTrips += 1;
      clientWaits = false;
    });
    client.pipe(upstream);
    upstream.pipe(client);
    this.#endTogether(client, upstream);
    this.#endTogether(upstream, client);
  }

  reset(): void {
    this.roundTrips = 0;
    this.bytesSent = 0;
    this.bytesReceived = 0;
  }

  end(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #endTogether(socket: Socket, other: Socket): void {
    this.#sockets.add(socket);
    // The other side learns of a broken connection by the end of its own.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      other.destroy();
    });
  }
}

async function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (typeof address === 'object' && address !== null) resolve(address.port);
    });
  });
}
