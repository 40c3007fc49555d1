import { DatabaseError } from 'pg';
import type { MigrationFile } from './migration-file';
import { MigrationError } from './migration.error';
import { lineAt } from './split-statements';

const ACTIVE_SQL_TRANSACTION = '25001';

/**
 * Says where and why a migration failed.
 *
 * @param file - the migration; its `sql` is the text that was sent
 * @param error - what pg has thrown
 * @param statementLine - line of the failed statement, for errors to which PostgreSQL gives no position
 * @param firstLine - line of the file on which the sent text starts
 */
export function describeFailure(
  file: MigrationFile,
  error: unknown,
  statementLine: number | undefined,
  firstLine = 1,
): MigrationError {
  if (!(error instanceof DatabaseError)) {
    const reason = error instanceof Error ? error.message : String(error);
    return new MigrationError(`Migration ${file.name} failed (${file.path}): ${reason}`, {
      code: 'MIGRATION_FAILED',
      file: file.path,
      cause: error,
    });
  }
  const line = error.position ? firstLine - 1 + lineOfCharacter(file.sql, Number(error.position)) : statementLine;
  const place = line === undefined ? file.path : `${file.path}:${line}`;
  const extras = [error.detail, error.hint, hintFor(error)].flatMap((text) => (text ? [`\n  ${text}`] : []));
  return new MigrationError(
    `Migration ${file.name} failed at ${place}: ${error.message} (SQLSTATE ${error.code})${extras.join('')}`,
    { code: 'MIGRATION_FAILED', file: file.path, line, sqlState: error.code, cause: error },
  );
}

/** PostgreSQL counts characters, not the halves JavaScript makes of some. */
function lineOfCharacter(sql: string, position: number): number {
  return lineAt(
    Array.from(sql)
      .slice(0, position - 1)
      .join(''),
    Number.POSITIVE_INFINITY,
  );
}

function hintFor({ code }: DatabaseError): string | undefined {
  return code === ACTIVE_SQL_TRANSACTION
    ? 'Put "-- nestarc: no-transaction" at the top of the file to run it statement by statement.'
    : undefined;
}
