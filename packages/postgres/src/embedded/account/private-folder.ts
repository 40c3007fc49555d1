import { lstat, mkdir } from 'node:fs/promises';

/**
 * Makes a folder that only the current user can write to, and tells whether it can be trusted.
 *
 * A folder with a guessable name below a shared place such as /tmp may have been planted by somebody else; what is
 * executed or stored there must not be theirs.
 *
 * @param folder - absolute path
 * @returns false when it cannot be made, is not a folder, or somebody else can write to it
 */
export async function makePrivateFolder(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o755 });
    const found = await lstat(folder);
    return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
  } catch {
    return false;
  }
}
