import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';

/**
 * Creates a file with its whole content at once, unless it exists: of several processes exactly one succeeds, and nobody
 * reads half of it.
 *
 * @param file - absolute path
 * @param content - what to write
 * @returns whether this call created it
 */
export async function createFileOnce(file: string, content: string): Promise<boolean> {
  const draft = siblingName(file);
  await writeFile(draft, content);
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * Removes a file, provided that it still has the content it was judged by.
 *
 * Two processes may judge the same file, and the slower one must not remove what the faster one has put there since:
 * moving the file away first shows which one it is.
 *
 * @param file - absolute path
 * @param judged - the content that may go
 */
export async function removeFileIfUnchanged(file: string, judged: string): Promise<void> {
  const removed = siblingName(file);
  try {
    await rename(file, removed);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const found = await readFile(removed, 'utf8');
  if (found !== judged) await link(removed, file).catch(() => undefined);
  await rm(removed, { force: true });
}

function siblingName(file: string): string {
  return `${file}.${process.pid}-${randomBytes(6).toString('hex')}`;
}
