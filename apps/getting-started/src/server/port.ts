import { createServer, type ListenOptions } from 'node:net';
import { StartError } from './start.error';

const DEFAULT_PORT = 3000;
const HIGHEST_PORT = 65_535;

/**
 * Reads the port to serve on.
 *
 * @param text - value of the environment variable PORT
 * @throws {@link StartError} when it is not a port
 */
export function readPort(text: string | undefined): number {
  if (!text) return DEFAULT_PORT;
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (port <= HIGHEST_PORT) return port;
  throw new StartError(`PORT is ${text}, which is not a port: choose a number from 1 to ${HIGHEST_PORT}`);
}

/**
 * Makes sure that nobody listens on the port, on any address, before anything is started.
 *
 * @param port - the port to serve on
 * @throws {@link StartError} when somebody does
 */
export async function assertPortFree(port: number): Promise<void> {
  for (const host of [undefined, '127.0.0.1']) {
    const code = await tryListen(host === undefined ? { port } : { port, host });
    if (code === 'EADDRINUSE') throw portBusy(port);
    if (code === 'EACCES') throw new StartError(`Port ${port} needs more rights. Choose another: PORT=3000 npm start`);
  }
}

/**
 * Says that a port is taken and what to do.
 *
 * @param port - the port
 */
export function portBusy(port: number): StartError {
  return new StartError(`Port ${port} is in use. Choose another: PORT=${port + 1} npm start`);
}

/** Resolves with the code of the error, or with nothing when the port could be had. */
async function tryListen(options: ListenOptions): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    probe.listen(options, () => probe.close(() => resolve(undefined)));
  });
}
