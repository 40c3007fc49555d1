import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { EmbeddedPostgresError } from '../embedded-postgres.error';
import { createFileOnce, removeFileIfUnchanged } from '../files/exclusive-file';
import { processIdentity } from '../process/process-identity';
import type { ClusterLayout } from './cluster-layout';

/** The right of one Node.js process to run the server of one data directory. */
export interface DirectoryLock {
  /** Gives the right back; safe to call twice. */
  release(): Promise<void>;
}

interface LockHolder {
  readonly pid: number;
  readonly identity: string;
}

/** Losing the race for an abandoned lock this often means that something else is wrong. */
const MAX_ATTEMPTS = 20;

/**
 * Takes the lock of a data directory; a lock whose process has died is taken over.
 *
 * @param layout - whose lock
 * @throws {@link EmbeddedPostgresError} when a running process holds it
 */
export async function acquireDirectoryLock({ root, lockFile }: ClusterLayout): Promise<DirectoryLock> {
  const holder: LockHolder = { pid: process.pid, identity: processIdentity(process.pid) ?? '' };
  const content = JSON.stringify({ ...holder, nonce: randomBytes(8).toString('hex') });
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (await createFileOnce(lockFile, content)) {
      return { release: () => removeFileIfUnchanged(lockFile, content) };
    }
    const found = await readFile(lockFile, 'utf8').catch(() => undefined);
    if (found === undefined) continue;
    const pid = runningHolder(found);
    if (pid !== undefined) throw directoryInUse(root, pid);
    await removeFileIfUnchanged(lockFile, found);
  }
  throw new EmbeddedPostgresError('EMBEDDED_POSTGRES_FAILED', `The lock ${lockFile} could not be taken.`);
}

function runningHolder(content: string): number | undefined {
  try {
    const { pid, identity } = JSON.parse(content) as LockHolder;
    return processIdentity(pid) === identity ? pid : undefined;
  } catch {
    return undefined;
  }
}

function directoryInUse(root: string, pid: number): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_DIRECTORY_IN_USE',
    `The database in ${root} is already run by process ${pid}${pid === process.pid ? ' (this one)' : ''}.\n` +
      'Stop that one first; another clone of the project has a database of its own.',
  );
}
