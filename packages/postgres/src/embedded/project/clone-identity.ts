import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedPostgresError } from '../embedded-postgres.error';
import { createFileOnce, removeFileIfUnchanged } from '../files/exclusive-file';

interface CloneRecord {
  readonly id: string;
  readonly root: string;
}

/** Folder of the project, ignored by git, that holds what belongs to this clone only. */
export const CLONE_FOLDER = '.nestarc';

/**
 * Tells this clone of a project from every other one, a copy of it and its successor at the same path included.
 *
 * The identity is random and lies in the clone with the path it was made for: a fresh clone has none, and in a copied
 * folder the path gives the copy away.
 *
 * @param projectRoot - real path of the project
 * @returns twelve lower-case hexadecimal digits
 * @throws {@link EmbeddedPostgresError} when the project folder cannot be written to
 */
export async function cloneIdentity(projectRoot: string): Promise<string> {
  const file = join(projectRoot, CLONE_FOLDER, 'clone.json');
  const created: CloneRecord = { id: randomBytes(6).toString('hex'), root: projectRoot };
  try {
    await mkdir(join(projectRoot, CLONE_FOLDER), { recursive: true });
    for (;;) {
      if (await createFileOnce(file, JSON.stringify(created))) return created.id;
      const content = await readFile(file, 'utf8').catch(() => '');
      const record = parse(content);
      if (record?.root === projectRoot) return record.id;
      await removeFileIfUnchanged(file, content);
    }
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'EMBEDDED_POSTGRES_DIRECTORY_UNUSABLE',
      `The identity of this clone cannot be kept in ${file}: ${cause instanceof Error ? cause.message : String(cause)}`,
      cause,
    );
  }
}

function parse(content: string): CloneRecord | undefined {
  try {
    const record = JSON.parse(content) as Partial<CloneRecord>;
    return /^[0-9a-f]{12}$/.test(record.id ?? '') ? (record as CloneRecord) : undefined;
  } catch {
    return undefined;
  }
}
