import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@nestarc/postgres/embedded';

/** Test processes inherit it; `createTestDatabase` of @nestarc/testing reads it. */
const ADMIN_URL = 'NESTARC_TEST_ADMIN_URL';

/**
 * Starts one PostgreSQL server for the whole run, unless NESTARC_TEST_ADMIN_URL names one already.
 *
 * @returns what stops the server and removes its data
 */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env[ADMIN_URL]) return undefined;
  const dataDirectory = await mkdtemp(join(tmpdir(), 'nestarc-test-'));
  const server = await startEmbeddedPostgres({
    dataDirectory,
    durable: false,
    stopOnExit: true,
    settings: { max_connections: '200' },
  });
  process.env[ADMIN_URL] = server.adminUrl;
  return async () => {
    delete process.env[ADMIN_URL];
    await server.stop();
    await rm(dataDirectory, { recursive: true, force: true });
  };
}
