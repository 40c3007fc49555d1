import { AuditCursorInvalidError } from '../errors/audit-read.errors';

/** A place in the list of entries, newest first. */
export interface ListCursor {
  /** When the last entry was made, with all digits. */
  readonly created: string;
  /** Its id. */
  readonly id: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const INSTANT = /^\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/;

/**
 * Tells whether a text is a UUID.
 *
 * @param text - any text
 */
export const isUuid = (text: string): boolean => UUID.test(text);

/**
 * Writes a cursor, as it was published first.
 *
 * @param cursor - the place
 */
export function encodeListCursor({ created, id }: ListCursor): string {
  return Buffer.from(`v1|${created}|${id}`).toString('base64url');
}

/**
 * Reads a cursor.
 *
 * @param name - name of the option it was passed as
 * @param cursor - the text
 * @throws AuditCursorInvalidError for a text that is none
 */
export function decodeListCursor(name: string, cursor: string): ListCursor {
  const [version, created = '', id = '', ...rest] = Buffer.from(cursor, 'base64url').toString().split('|');
  const isWhole = version === 'v1' && rest.length === 0 && INSTANT.test(created) && isUuid(id);
  if (!isWhole || Number.isNaN(Date.parse(created))) throw new AuditCursorInvalidError(name);
  return { created, id };
}
