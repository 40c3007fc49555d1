import { AuditCursorInvalidError } from '../errors/audit-read.errors';
import { isUuid } from './list.cursor';

/**
 * A place in the order of entries. Transactions come first in it, so that no entry comes before one that was visible already,
 * however long its transaction took.
 */
export interface AuditPosition {
  /** Number of the transaction. */
  readonly xid: string;
  /** Number of the entry. */
  readonly seq: string;
}

/** A place that was published as time and id. */
export interface LegacyPosition {
  readonly created: string;
  readonly id: string;
}

const NUMBER = /^\d{1,20}$/;

/**
 * Writes a checkpoint.
 *
 * @param position - the place
 */
export function encodePosition({ xid, seq }: AuditPosition): string {
  return Buffer.from(`v2|${xid}|${seq}`).toString('base64url');
}

/**
 * Reads a checkpoint, also one of the form that was published first.
 *
 * @param name - name of the option it was passed as
 * @param checkpoint - the text
 * @throws AuditCursorInvalidError for a text that is none
 */
export function decodePosition(name: string, checkpoint: string): AuditPosition | LegacyPosition {
  const [version, first = '', second = '', ...rest] = Buffer.from(checkpoint, 'base64url').toString().split('|');
  if (rest.length === 0) {
    if (version === 'v2' && NUMBER.test(first) && NUMBER.test(second)) return { xid: first, seq: second };
    if (version === 'v1' && !Number.isNaN(Date.parse(first)) && isUuid(second)) return { created: first, id: second };
  }
  throw new AuditCursorInvalidError(name);
}

/**
 * Compares places.
 *
 * @param one - a place
 * @param other - another
 */
export function isBehind(one: AuditPosition, other: AuditPosition): boolean {
  if (one.xid !== other.xid) return BigInt(one.xid) < BigInt(other.xid);
  return BigInt(one.seq) < BigInt(other.seq);
}
