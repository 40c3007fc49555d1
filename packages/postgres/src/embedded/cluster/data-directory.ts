import { chmod, mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
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
  const root = await makeFolder(resolve(dataDirectory), account);
  await assertReachable(root, account);
  return clusterLayout(root);
}

async function makeFolder(folder: string, account: ServerAccount): Promise<string> {
  try {
    const topmostNew = await mkdir(folder, { recursive: true, mode: 0o700 });
    if (account.ids) await openToPassage(folder, topmostNew ?? folder);
    return await realpath(folder);
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'EMBEDDED_POSTGRES_DIRECTORY_UNUSABLE',
      `The data directory ${folder} cannot be made: ${cause instanceof Error ? cause.message : String(cause)}`,
      cause,
    );
  }
}

/** Passing through is enough: what the account owns lies deeper, and the lock stays out of its hands. */
async function openToPassage(folder: string, topmost: string): Promise<void> {
  const { mode } = await stat(folder);
  await chmod(folder, (mode & 0o7777) | 0o011);
  if (folder !== topmost) await openToPassage(dirname(folder), topmost);
}
