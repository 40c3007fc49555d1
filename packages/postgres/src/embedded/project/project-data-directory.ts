import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { makePrivateFolder } from '../account/private-folder';
import { EmbeddedPostgresError } from '../embedded-postgres.error';
import { CLONE_FOLDER, cloneIdentity } from './clone-identity';

/**
 * Names the data directory that belongs to this clone of a project and to no other.
 *
 * It lies in the project's folder `.nestarc`; for root it lies below `/var/lib/nestarc`, because the account PostgreSQL
 * then runs under may not be able to enter the project.
 *
 * @param projectRoot - folder of the project
 * @returns absolute path; the folder may not exist yet
 * @throws {@link EmbeddedPostgresError} when there is no folder to keep the data in
 */
export async function projectDataDirectory(projectRoot: string): Promise<string> {
  const root = await realpath(projectRoot);
  const id = await cloneIdentity(root);
  if (process.getuid?.() !== 0) return join(root, CLONE_FOLDER, `postgres-${id}`);

  const name = `${basename(root).replace(/[^A-Za-z0-9_.-]/g, '_')}-${id}`;
  const parents = ['/var/lib/nestarc', join(tmpdir(), 'nestarc-data-0')];
  const existing = parents.map((parent) => join(parent, name)).find((folder) => existsSync(folder));
  if (existing !== undefined) return existing;
  for (const parent of parents) {
    if (await makePrivateFolder(parent)) return join(parent, name);
  }
  throw new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_DIRECTORY_UNUSABLE',
    `There is no place for the data; none of these folders can be used: ${parents.join(', ')}`,
  );
}
