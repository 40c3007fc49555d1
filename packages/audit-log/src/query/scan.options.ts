import { InvalidOptionsError, resolveOptions } from '@nestarc/core';
import { z } from 'zod';
import type { AuditEntry } from './audit-entry';
import type { AuditEntryFilter } from './entry.filter';
import { filterShape, scopeShape } from './filter.schema';
import { type AuditPosition, decodePosition, type LegacyPosition } from './scan.position';

/** Whose entries are read in order: exactly one of the two. */
export type AuditExportScope =
  | {
      /** A tenant. */
      readonly tenantId: string;
      /** Not given. */
      readonly allTenants?: undefined;
    }
  | {
      /** Not given. */
      readonly tenantId?: undefined;
      /** All tenants: needs `auditorPrisma`, and is recorded itself. */
      readonly allTenants: true;
    };

/** Which entries are read in order, and how. */
export type AuditScanOptions = AuditExportScope &
  AuditEntryFilter & {
    /** How many entries a page has, up to 10000. Defaults to 500. */
    readonly batchSize?: number | undefined;
    /** A checkpoint: only what comes after it. Defaults to the beginning. */
    readonly after?: string | undefined;
    /** A checkpoint: nothing that comes after it. Defaults to all that is settled when the reading begins. */
    readonly until?: string | undefined;
    /** Ends the reading with an AbortError. */
    readonly signal?: AbortSignal | undefined;
  };

/** A page of entries in their order. */
export interface AuditScanPage {
  /** The entries, oldest first. */
  readonly entries: AuditEntry[];
  /** Where to go on from: everything up to it was looked at, also what the filter left out. */
  readonly checkpoint: string;
  /** Where this reading ends. */
  readonly highWatermark: string;
}

/** Checked options of a scan. */
export interface ResolvedScanOptions extends AuditEntryFilter {
  readonly tenantId: string | undefined;
  readonly allTenants: boolean | undefined;
  readonly batchSize: number;
  readonly after: AuditPosition | LegacyPosition | undefined;
  readonly until: AuditPosition | LegacyPosition | undefined;
  readonly signal: AbortSignal | undefined;
}

const schema = z.strictObject({
  ...filterShape,
  ...scopeShape,
  batchSize: z.int().min(1).max(10_000).default(500),
  after: z.string().min(1).optional(),
  until: z.string().min(1).optional(),
  signal: z.custom<AbortSignal>((value) => value instanceof AbortSignal, 'expected an AbortSignal').optional(),
});

/**
 * Validates the options of a scan.
 *
 * @param owner - what was called
 * @param options - what the caller passed
 * @throws InvalidOptionsError naming the path of every refused option
 * @throws AuditCursorInvalidError for a checkpoint that is none
 */
export function resolveScanOptions(owner: string, options: AuditScanOptions): ResolvedScanOptions {
  const { after, until, tenantId, allTenants, signal, ...rest } = resolveOptions(owner, schema, options);
  if ((tenantId === undefined) === (allTenants !== true)) {
    throw new InvalidOptionsError(owner, [
      { path: 'tenantId', message: 'expected exactly one of tenantId and allTenants: true' },
    ]);
  }
  return {
    ...rest,
    tenantId,
    allTenants,
    signal,
    after: after === undefined ? undefined : decodePosition('after', after),
    until: until === undefined ? undefined : decodePosition('until', until),
  };
}
