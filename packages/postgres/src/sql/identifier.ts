import { UnsupportedStatementError } from '../errors/unsupported-statement.error';

/** PostgreSQL cuts longer names silently, so that two of them may become one. */
const MAX_IDENTIFIER_BYTES = 63;

/**
 * Quotes a name for use as an SQL identifier.
 *
 * @param name - name of a table, column, role or schema
 * @throws UnsupportedStatementError for a name that is empty, longer than 63 bytes, or holds a NUL character
 */
export function quoteIdentifier(name: string): string {
  const bytes = Buffer.byteLength(name);
  if (bytes === 0 || bytes > MAX_IDENTIFIER_BYTES || name.includes('\0')) {
    throw new UnsupportedStatementError('An SQL identifier has 1 to 63 bytes and no NUL character');
  }
  return `"${name.replaceAll('"', '""')}"`;
}
