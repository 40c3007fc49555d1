import { isDeepStrictEqual } from 'node:util';
import type { AuditChange, AuditImage } from './audit-entry';

/**
 * Tells what differs between two images of a row.
 *
 * @param before - the image before, `null` where there was no row
 * @param after - the image after, `null` where there is none
 */
export function imageDiff(
  before: AuditImage | null,
  after: AuditImage | null,
): Readonly<Record<string, AuditChange>> | null {
  if (before === null) return after === null ? null : each(after, (value) => ({ after: value }));
  if (after === null) return each(before, (value) => ({ before: value }));
  const changes: Record<string, AuditChange> = {};
  for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const change = changeOf(before[field], after[field]);
    if (change !== undefined) changes[field] = change;
  }
  return changes;
}

const each = (image: AuditImage, change: (value: unknown) => AuditChange): Record<string, AuditChange> =>
  Object.fromEntries(Object.entries(image).map(([field, value]) => [field, change(value)]));

/** A value that is not recorded says itself whether it has changed. */
function changeOf(before: unknown, after: unknown): AuditChange | undefined {
  if (isRedacted(before) && isRedacted(after)) return after.changed === true ? BOTH_HIDDEN : undefined;
  return isSame(before, after) ? undefined : { before, after };
}

/** Most values are texts and numbers. */
function isSame(before: unknown, after: unknown): boolean {
  if (before === after) return true;
  return typeof before === 'object' && typeof after === 'object' && isDeepStrictEqual(before, after);
}

const HIDDEN = Object.freeze({ redacted: true });
const BOTH_HIDDEN: AuditChange = Object.freeze({ before: HIDDEN, after: HIDDEN });

/**
 * Recognises what stands in an image in place of a value that is never recorded.
 *
 * @param value - a value of an image
 */
export function isRedacted(value: unknown): value is { readonly redacted: true; readonly changed?: boolean } {
  if (typeof value !== 'object' || value === null || (value as { redacted?: unknown }).redacted !== true) return false;
  // JSON of the application may have a key of that name among others.
  return Object.keys(value).every((key) => key === 'redacted' || key === 'changed');
}
