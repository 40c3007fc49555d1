import { matchesChecksum, type MigrationFile } from './migration-file';
import { MigrationError } from './migration.error';
import type { MigrationRecord } from './migration-history';

/** What a run has to do. */
export interface MigrationPlan {
  /** Migrations to apply, in order. */
  readonly pending: readonly MigrationFile[];
  /** Names of those applied before. */
  readonly alreadyApplied: readonly string[];
}

/**
 * Compares the files with the history and refuses to go on when they contradict each other.
 *
 * A pending migration may come before an applied one, as it does after two branches were merged.
 *
 * @param files - all migrations, in order
 * @param records - the history
 * @throws {@link MigrationError} for an applied migration that was changed or is missing, and for one that failed
 */
export function planMigrations(files: readonly MigrationFile[], records: readonly MigrationRecord[]): MigrationPlan {
  const standing = records.filter(({ rolledBack }) => !rolledBack);
  const byName = new Map(files.map((file) => [file.name, file]));
  for (const record of standing) {
    const file = byName.get(record.name);
    if (!file) throw missingFile(record);
    if (!record.finished) throw failedEarlier(record, file);
    if (!matchesChecksum(file.sql, record.checksum)) throw changed(file);
  }
  const applied = new Set(standing.map(({ name }) => name));
  return {
    pending: files.filter(({ name }) => !applied.has(name)),
    alreadyApplied: files.flatMap(({ name }) => (applied.has(name) ? [name] : [])),
  };
}

function missingFile({ name }: MigrationRecord): MigrationError {
  return new MigrationError(
    `The migration ${name} was applied to this database, but its file is missing. ` +
      'Bring it back, or give the directory it lies in as well.',
    { code: 'MIGRATION_FILE_MISSING', file: name },
  );
}

function changed({ name, path }: MigrationFile): MigrationError {
  return new MigrationError(
    `The migration ${name} was changed after it had been applied (${path}). ` +
      'Restore the file and make the change in a new migration.',
    { code: 'MIGRATION_CHANGED', file: path },
  );
}

function failedEarlier({ name, logs }: MigrationRecord, { path }: MigrationFile): MigrationError {
  return new MigrationError(
    `The migration ${name} failed earlier and may have left parts of its work behind (${path}).\n` +
      `${logs ? `${logs}\n` : ''}` +
      'Undo those by hand and delete its row from _prisma_migrations to run it again ' +
      `(or: prisma migrate resolve --rolled-back ${name}).`,
    { code: 'MIGRATION_FAILED_EARLIER', file: path },
  );
}
