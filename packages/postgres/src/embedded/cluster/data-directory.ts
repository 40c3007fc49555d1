import { chmod, mkdir, realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { assertReachable } from '../account/reachability';
import type { ServerAccount } from '../account/server-account';
import { EmbeddedPostgresError } from '../embedded-postgres.error';
import { clusterLayout, type ClusterLayout } from './cluster-layout';

/**
 * Makes the data directory and sees to it that the server account can enter it.
 *
 * @param dataDirectory - path given by the user
 * @param account - who runs the server
 * @throws {@link EmbeddedPostgresError} when it cannot be made or is closed to the account
 */
export async function openDataDirectory(dataDirectory: string, account: ServerAccount): Promise<ClusterLayout> {
  const root = await makeFolder(resolve(dataDirectory));
  if (account.ids) {
    // Passing through is enough: what the account owns lies deeper, and the lock stays out of its hands.
    const { mode } = await stat(root);
    await chmod(root, (mode & 0o7777) | 0o011);
    await assertReachable(root, account);
  }
  return clusterLayout(root);
}

async function makeFolder(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return await realpath(folder);
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'EMBEDDED_POSTGRES_DIRECTORY_UNUSABLE',
      `The data directory ${folder} cannot be made: ${cause instanceof Error ? cause.message : String(cause)}`,
      cause,
    );
  }
}
