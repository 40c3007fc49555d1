import { createServer } from 'node:net';

/** The only address the embedded server listens on. */
export const HOST = '127.0.0.1';

/**
 * Finds a TCP port nobody listens on.
 *
 * @param preferred - tried first
 * @returns the preferred port if it is free, else one the system chooses
 */
export async function findFreePort(preferred?: number): Promise<number> {
  if (preferred !== undefined) {
    const port = await tryListen(preferred);
    if (port !== undefined) return port;
  }
  const port = await tryListen(0);
  if (port === undefined) throw new Error(`no free port on ${HOST}`);
  return port;
}

async function tryListen(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ host: HOST, port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });
}
