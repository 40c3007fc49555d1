import { readFile, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** One line of `pg-symlinks.json`; both paths are relative to the package and lie in the same folder. */
interface SymlinkEntry {
  readonly source: string;
  readonly target: string;
}

/**
 * Makes the symbolic links between the shared libraries.
 *
 * npm packages cannot hold links, so the binaries' package makes them in an install script, which npm may have been told
 * not to run. Links that exist, or that cannot be made because the folder is read-only, are passed over: whether the
 * binaries run is checked afterwards.
 *
 * @param nativeFolder - folder with `lib` and `pg-symlinks.json`
 */
export async function makeNativeSymlinks(nativeFolder: string): Promise<void> {
  const entries = await readEntries(join(nativeFolder, 'pg-symlinks.json'));
  const packageFolder = dirname(nativeFolder);
  for (const { source, target } of entries) {
    const link = join(packageFolder, dirname(source), basename(target));
    await symlink(basename(source), link).catch(() => undefined);
  }
}

async function readEntries(file: string): Promise<readonly SymlinkEntry[]> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as SymlinkEntry[];
  } catch {
    return [];
  }
}
