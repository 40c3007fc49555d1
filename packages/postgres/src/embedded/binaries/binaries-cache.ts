import { randomBytes } from 'node:crypto';
import { chmod, cp, lstat, readdir, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { makePrivateFolder } from '../account/private-folder';
import { EmbeddedPostgresError } from '../embedded-postgres.error';
import { makeNativeSymlinks } from './native-symlinks';

/**
 * Copies the binaries, once per version, to a cache where any account can execute them.
 *
 * The copy gets its final name only when it is complete, so that a reader never meets half of it; of several copies made
 * at the same time the first stays.
 *
 * @param nativeFolder - the installed binaries
 * @param cacheKey - name of the copy
 * @param isUsable - tells whether an earlier copy still runs; a damaged one is replaced
 * @returns folder of the copy, laid out like `nativeFolder`
 * @throws {@link EmbeddedPostgresError} when there is no place for a copy
 */
export async function copyToCache(
  nativeFolder: string,
  cacheKey: string,
  isUsable: (folder: string) => Promise<boolean>,
): Promise<string> {
  const cache = await findCacheFolder();
  const entry = join(cache, cacheKey);
  const copy = join(entry, 'native');
  if (await isUsable(copy)) return copy;

  const partial = `${entry}.partial-${randomBytes(6).toString('hex')}`;
  try {
    await cp(nativeFolder, join(partial, 'native'), { recursive: true, verbatimSymlinks: true });
    await makeNativeSymlinks(join(partial, 'native'));
    await makeReadableByAll(partial);
    if (!(await isUsable(copy))) await rm(entry, { recursive: true, force: true });
    await rename(partial, entry).catch(async (error: unknown) => {
      if (!(await isUsable(copy))) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return copy;
}

async function findCacheFolder(): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const preferred =
    uid === 0 ? '/var/cache/nestarc' : join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'nestarc');
  const candidates = [preferred, join(tmpdir(), `nestarc-cache-${uid}`)];
  for (const folder of candidates) {
    if (await makePrivateFolder(folder)) {
      await chmod(folder, 0o755);
      return folder;
    }
  }
  throw new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_FAILED',
    `The PostgreSQL programs must be copied, but none of these folders can be used: ${candidates.join(', ')}`,
  );
}

/** The clone's umask may have closed the files; links need no mode. */
async function makeReadableByAll(path: string): Promise<void> {
  const found = await lstat(path);
  if (found.isSymbolicLink()) return;
  if (!found.isDirectory()) {
    const executable = path.includes('/bin/') || (found.mode & 0o100) !== 0;
    return chmod(path, executable ? 0o755 : 0o644);
  }
  await chmod(path, 0o755);
  for (const name of await readdir(path)) await makeReadableByAll(join(path, name));
}
