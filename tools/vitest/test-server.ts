import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@nestarc/postgres/embedded';

/**
 * Starts a PostgreSQL server for the whole run, unless the variable names one already.
 *
 * @param variable - environment variable that holds the connection string of its superuser; test processes inherit it
 * @param binariesPackage - folder of the package with its binaries; the newest version runs when left out
 * @returns what stops the server and removes its data
 */
export async function startTestServer(
  variable: string,
  binariesPackage?: string,
): Promise<(() => Promise<void>) | undefined> {
  if (process.env[variable]) return undefined;
  const dataDirectory = await mkdtemp(join(tmpdir(), 'nestarc-test-'));
  const server = await startEmbeddedPostgres({
    dataDirectory,
    durable: false,
    stopOnExit: true,
    settings: { max_connections: '200' },
    binariesPackage,
  });
  process.env[variable] = server.adminUrl;
  return async () => {
    delete process.env[variable];
    await server.stop();
    await rm(dataDirectory, { recursive: true, force: true });
  };
}
