import { createServer } from 'node:net';

/** Finds a TCP port of 127.0.0.1 that nobody listens on; another process may take it before it is used. */
export async function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port);
      });
    });
  });
}
