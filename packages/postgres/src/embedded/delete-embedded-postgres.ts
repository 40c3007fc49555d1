import { readdir, realpath, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { clusterLayout } from './cluster/cluster-layout';
import { acquireDirectoryLock } from './cluster/directory-lock';
import { stopLeftovers } from './cluster/stop-leftovers';

/** Names of what the server keeps in its data directory; nothing else is deleted. */
const OWN_ENTRIES = /^(cluster(\.partial-[0-9a-f]+)?|port|server\.log(\.1)?)$/;

/**
 * Deletes the data of an embedded server that does not run.
 *
 * @param dataDirectory - the folder given to {@link startEmbeddedPostgres}
 * @returns whether there was anything to delete
 * @throws {@link EmbeddedPostgresError} with `EMBEDDED_POSTGRES_DIRECTORY_IN_USE` when a running process has it
 */
export async function deleteEmbeddedPostgres(dataDirectory: string): Promise<boolean> {
  const root = await realpath(dataDirectory).catch(() => undefined);
  if (root === undefined) return false;
  const layout = clusterLayout(root);
  const lock = await acquireDirectoryLock(layout);
  try {
    await stopLeftovers(layout);
    const own = (await readdir(root)).filter((name) => OWN_ENTRIES.test(name));
    for (const name of own) await rm(join(root, name), { recursive: true, force: true });
    return own.length > 0;
  } finally {
    await lock.release();
    // Something the user has put there keeps the folder alive.
    await rmdir(root).catch(() => undefined);
  }
}
