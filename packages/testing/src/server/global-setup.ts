import { startTestServer, type TestServer } from './test-server';

/** Where the tear-down finds the server: jest loads the two modules apart, in one process. */
const HOLDER = Symbol.for('@nestarc/testing/global-server');

/**
 * Global set-up of vitest and jest: starts the server of the run, see `startTestServer`.
 *
 * @returns the tear-down, which vitest calls; jest takes `@nestarc/testing/global-teardown`
 */
export default async function setup(): Promise<() => Promise<void>> {
  const server = await startTestServer();
  // Vitest calls this for each of its projects; the first call starts the server, and the others find it.
  (globalThis as { [HOLDER]?: TestServer })[HOLDER] ??= server;
  return () => server.stop();
}

/** Stops the server that the global set-up started. */
export async function stopGlobalServer(): Promise<void> {
  const holder = globalThis as { [HOLDER]?: TestServer };
  const server = holder[HOLDER];
  delete holder[HOLDER];
  await server?.stop();
}
