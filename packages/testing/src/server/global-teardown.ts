import { stopGlobalServer } from './global-setup';

/** Global tear-down of jest: stops the server that `@nestarc/testing/global-setup` started. */
export default async function teardown(): Promise<void> {
  await stopGlobalServer();
}
