import { createHash } from 'node:crypto';
import { splitStatements } from './split-statements';

/**
 * How a migration is run: in one transaction with its record; statement by statement; or as it stands, because it begins
 * and ends transactions of its own.
 */
export type MigrationMode = 'transaction' | 'statements' | 'script';

/** A migration on disk. */
export interface MigrationFile {
  /** Name it is recorded under: the file name without `.sql`, or the folder name of a Prisma migration. */
  readonly name: string;
  /** Path of the SQL file. */
  readonly path: string;
  /** Its text. */
  readonly sql: string;
  /** How it is run. */
  readonly mode: MigrationMode;
}

const NO_TRANSACTION = /^\s*--\s*nestarc:\s*no-transaction\s*$/i;
const TRANSACTION_CONTROL = /^(begin|start\s+transaction|commit|end|rollback|abort|prepare\s+transaction)\b/i;

/**
 * Decides how a migration is run.
 *
 * `-- nestarc: no-transaction` among the comments at the top asks for statement by statement. `prisma migrate` writes
 * BEGIN and COMMIT into some migrations, which would end a transaction around them.
 *
 * @param sql - text of the migration
 */
export function migrationMode(sql: string): MigrationMode {
  const lines = sql.split('\n');
  const firstCode = lines.findIndex((line) => line.trim() !== '' && !line.trim().startsWith('--'));
  const header = firstCode < 0 ? lines : lines.slice(0, firstCode);
  if (header.some((line) => NO_TRANSACTION.test(line))) return 'statements';
  return splitStatements(sql).some(({ text }) => TRANSACTION_CONTROL.test(text)) ? 'script' : 'transaction';
}

/**
 * The checksum `prisma migrate` records: SHA-256 of the file, in hexadecimal digits.
 *
 * @param sql - text of the migration
 */
export function migrationChecksum(sql: string): string {
  return createHash('sha256').update(sql).digest('hex');
}

/**
 * Tells whether a recorded checksum is that of a migration; like Prisma, it takes both kinds of line ends for the same,
 * because git may change them on the way.
 *
 * @param sql - text of the migration
 * @param recorded - checksum in the database
 */
export function matchesChecksum(sql: string, recorded: string): boolean {
  const withLf = sql.replaceAll('\r\n', '\n');
  return [sql, withLf, withLf.replaceAll('\n', '\r\n')].some((text) => migrationChecksum(text) === recorded);
}
