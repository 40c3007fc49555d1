import { resolveOptions } from '@nestarc/core';
import { z } from 'zod';

/** How a request is undone. */
export interface AuditRevertOptions {
  /** Why; goes into the entries. Defaults to the reason of the context. */
  readonly reason?: string | undefined;
  /** Milliseconds that the transaction may take, where it is not part of another. Defaults to 30000. */
  readonly timeoutMs?: number | undefined;
}

/** What was undone. */
export interface AuditRevertResult {
  /** The request. */
  readonly requestId: string;
  /** How many changes were undone. */
  readonly reverted: number;
}

const schema = z.strictObject({
  requestId: z.string().min(1),
  reason: z.string().min(1).optional(),
  timeoutMs: z.int().min(1).max(2_147_483_647).default(30_000),
});

/** Checked options. */
export interface ResolvedRevertOptions {
  readonly requestId: string;
  readonly reason?: string | undefined;
  readonly timeoutMs: number;
}

/**
 * Validates the options.
 *
 * @param owner - what was called
 * @param requestId - the request
 * @param options - what the caller passed
 * @throws InvalidOptionsError naming the path of every refused option
 */
export const resolveRevertOptions = (
  owner: string,
  requestId: string,
  options: AuditRevertOptions,
): ResolvedRevertOptions => resolveOptions(owner, schema, { ...options, requestId });
