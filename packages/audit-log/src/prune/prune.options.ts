import { resolveOptions } from '@nestarc/core';
import { z } from 'zod';
import { type AuditPosition, decodePosition, type LegacyPosition } from '../query/scan.position';

/** Which entries are removed, and how. */
export interface AuditPruneOptions {
  /** Entries from before. Of a table with partitions, months that were over by then. */
  readonly olderThan: Date;
  /** Whether partitions are dropped, or only detached: a table of its own that nobody but the owner reads. Defaults to `drop`. */
  readonly mode?: 'drop' | 'detach' | undefined;
  /** Counts, and removes nothing. Defaults to false. */
  readonly dryRun?: boolean | undefined;
  /** A Prisma client of the owner of the audit table, or of one of `prunerRoles`. Defaults to that of the service. */
  readonly client?: object | undefined;
  /** Milliseconds that all of it may take; what is left is left to the next run. Defaults to 60000. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds to wait for a lock, while which nobody else gets one either. Defaults to 10000. */
  readonly maxWaitMs?: number | undefined;
  /** How many entries are deleted at a time where no partition can be dropped. Defaults to 10000. */
  readonly batchSize?: number | undefined;
  /** Checkpoints of those who read entries in their order: what one has not got to is not removed. Defaults to none. */
  readonly requiredCheckpoints?: readonly string[] | undefined;
  /** Ends it after the step that is running. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Is told of each step.
   *
   * @param progress - what was removed
   */
  readonly onProgress?: ((progress: AuditPruneProgress) => void | PromiseLike<void>) | undefined;
}

/** A step that was committed. */
export interface AuditPruneProgress {
  /** The partition or table. */
  readonly partition: string;
  /** How many of its entries this step removed. */
  readonly entries: number;
  /** How many entries have been removed so far. */
  readonly deletedRows: number;
}

/** What became of it. */
export interface AuditPruneResult {
  /** How the audit table is made. */
  readonly layout: 'partitioned' | 'flat';
  /** What becomes of partitions. */
  readonly mode: 'drop' | 'detach';
  /** The partitions, oldest first. */
  readonly prunedPartitions: readonly string[];
  /** How many entries are gone from the audit table; of a dry run, would be. */
  readonly deletedRows: number;
  /** Whether nothing was removed. */
  readonly dryRun: boolean;
  /** Whether nothing is left: false where the time was up, or the signal said so. */
  readonly isComplete: boolean;
}

/** Checked options. */
export interface ResolvedPruneOptions extends Pick<
  AuditPruneOptions,
  'olderThan' | 'client' | 'signal' | 'onProgress'
> {
  readonly mode: 'drop' | 'detach';
  readonly dryRun: boolean;
  readonly timeoutMs: number;
  readonly maxWaitMs: number;
  readonly batchSize: number;
  readonly requiredCheckpoints: readonly (AuditPosition | LegacyPosition)[];
}

const aFunction = z.custom<NonNullable<AuditPruneOptions['onProgress']>>(
  (value) => typeof value === 'function',
  'expected a function',
);
const milliseconds = z.int().min(1).max(2_147_483_647);

const schema = z.strictObject({
  olderThan: z.date(),
  mode: z.enum(['drop', 'detach']).default('drop'),
  dryRun: z.boolean().default(false),
  client: z
    .custom<object>((value) => typeof value === 'object' && value !== null, 'expected a Prisma client')
    .optional(),
  timeoutMs: milliseconds.default(60_000),
  maxWaitMs: milliseconds.default(10_000),
  batchSize: z.int().min(1).max(1_000_000).default(10_000),
  requiredCheckpoints: z.array(z.string().min(1)).default([]),
  signal: z.custom<AbortSignal>((value) => value instanceof AbortSignal, 'expected an AbortSignal').optional(),
  onProgress: aFunction.optional(),
});

/**
 * Validates the options of pruning.
 *
 * @param options - what the caller passed
 * @throws InvalidOptionsError naming the path of every refused option
 * @throws AuditCursorInvalidError for a checkpoint that is none
 */
export function resolvePruneOptions(options: AuditPruneOptions): ResolvedPruneOptions {
  const { requiredCheckpoints, ...rest } = resolveOptions('AuditService.prune()', schema, options);
  return {
    ...rest,
    requiredCheckpoints: requiredCheckpoints.map((text, n) => decodePosition(`requiredCheckpoints[${n}]`, text)),
  };
}
