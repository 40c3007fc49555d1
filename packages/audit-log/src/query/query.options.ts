import { resolveOptions } from '@nestarc/core';
import { z } from 'zod';
import type { AuditEntry } from './audit-entry';
import type { AuditEntryFilter } from './entry.filter';
import { filterShape, scopeShape } from './filter.schema';
import { decodeListCursor, type ListCursor } from './list.cursor';
import type { AuditReadScope } from './read-scope';

/** Which entries a list has, newest first. */
export interface AuditQueryOptions extends AuditEntryFilter, AuditReadScope {
  /** How many entries at most, up to 10000. Defaults to 50. */
  readonly limit?: number | undefined;
  /** How many to pass over. Defaults to 0. */
  readonly offset?: number | undefined;
  /** Where the page before ended, in place of `offset`. */
  readonly cursor?: string | undefined;
  /** Counts all entries that the filter matches, which takes as long as reading them. Defaults to true. */
  readonly includeTotal?: boolean | undefined;
}

/** A page of entries. */
export interface AuditQueryResult {
  /** The entries, newest first. */
  readonly entries: AuditEntry[];
  /** How many there are on all pages, where that was asked for. */
  readonly total?: number;
  /** Where the next page begins; `null` after the last. */
  readonly nextCursor: string | null;
  /** Whether there are more. */
  readonly hasMore: boolean;
}

/** Checked options of a list. */
export interface ResolvedQueryOptions extends AuditEntryFilter, AuditReadScope {
  readonly limit: number;
  readonly offset: number;
  readonly includeTotal: boolean;
  readonly after: ListCursor | undefined;
}

const schema = z
  .strictObject({
    ...filterShape,
    ...scopeShape,
    limit: z.int().min(1).max(10_000).default(50),
    offset: z.int().min(0).optional(),
    cursor: z.string().min(1).optional(),
    includeTotal: z.boolean().default(true),
  })
  .refine(({ offset, cursor }) => offset === undefined || cursor === undefined, {
    path: ['cursor'],
    message: 'offset is given as well',
  });

/**
 * Validates the options of a list.
 *
 * @param owner - what was called
 * @param options - what the caller passed
 * @throws InvalidOptionsError naming the path of every refused option
 * @throws AuditCursorInvalidError for a cursor that is none
 */
export function resolveQueryOptions(owner: string, options: AuditQueryOptions): ResolvedQueryOptions {
  const { cursor, offset = 0, ...rest } = resolveOptions(owner, schema, options);
  return { ...rest, offset, after: cursor === undefined ? undefined : decodeListCursor('cursor', cursor) };
}
