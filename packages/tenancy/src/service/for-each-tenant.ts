import { resolveOptions } from '@nestarc/core';
import { z } from 'zod';

/** Tenants, as a list or as they come. */
export type TenantIds = Iterable<string> | AsyncIterable<string>;

/** How far a run over the tenants has come. */
export interface TenantRunProgress {
  /** The tenant that has just come to its end. */
  readonly tenantId: string;
  /** Whether its run went well. */
  readonly succeeded: boolean;
  /** How many have come to their end, this one included. */
  readonly settled: number;
}

/** How a run over the tenants goes about it. */
export interface ForEachTenantOptions {
  /** How many tenants are worked for at once; each may hold a connection of the database. Defaults to 4. */
  readonly concurrency?: number | undefined;
  /** Starts no more tenants once it is aborted; those that run come to their end. Defaults to none. */
  readonly signal?: AbortSignal | undefined;
  /** Starts no more tenants after the first failure. Defaults to false. */
  readonly stopOnFailure?: boolean | undefined;
  /**
   * Told of each tenant as it comes to its end. Defaults to nobody.
   *
   * @param progress - how far the run has come
   */
  readonly onProgress?: ((progress: TenantRunProgress) => void) | undefined;
}

/** A tenant whose run went well. */
export interface TenantRunSuccess<T> {
  /** The tenant. */
  readonly tenantId: string;
  /** What the function returned. */
  readonly value: T;
}

/** A tenant whose run failed. */
export interface TenantRunFailure {
  /** The tenant. */
  readonly tenantId: string;
  /** What was thrown. */
  readonly error: unknown;
}

/** What came of a run over the tenants. */
export interface TenantRunReport<T> {
  /** Whose runs went well, in the order of their ends. */
  readonly succeeded: readonly TenantRunSuccess<T>[];
  /** Whose runs failed. */
  readonly failed: readonly TenantRunFailure[];
  /** Whether every tenant was reached; false when the run was stopped before. */
  readonly complete: boolean;
  /** How long it took, in milliseconds. */
  readonly durationMs: number;
}

/** What runs work as a tenant; `TenancyService` does. */
interface Runner {
  runAs<T>(tenantId: string, callback: () => T | PromiseLike<T>): Promise<T>;
}

const schema = z.strictObject({
  concurrency: z.number().int().min(1).max(1_000).default(4),
  signal: z.custom<AbortSignal>((value) => value instanceof AbortSignal, 'expected an AbortSignal').optional(),
  stopOnFailure: z.boolean().default(false),
  onProgress: z
    .custom<NonNullable<ForEachTenantOptions['onProgress']>>(
      (value) => typeof value === 'function',
      'expected a function',
    )
    .optional(),
});

/**
 * Runs a function once for each tenant, see `TenancyService.forEachTenant`.
 *
 * @param runner - runs work as a tenant
 * @param tenants - the tenants
 * @param work - the function
 * @param options - see {@link ForEachTenantOptions}
 * @throws InvalidOptionsError for options it cannot work with
 * @throws whatever the list of tenants throws while it is read; what was started has come to its end then
 */
export async function forEachTenant<T>(
  runner: Runner,
  tenants: TenantIds,
  work: (tenantId: string) => T | PromiseLike<T>,
  options: ForEachTenantOptions,
): Promise<TenantRunReport<T>> {
  const { concurrency, signal, stopOnFailure, onProgress } = resolveOptions('forEachTenant', schema, options);
  const startedAt = performance.now();
  const succeeded: TenantRunSuccess<T>[] = [];
  const failed: TenantRunFailure[] = [];
  const isStopped = (): boolean => signal?.aborted === true || (stopOnFailure && failed.length > 0);

  const settle = async (tenantId: string): Promise<boolean> => {
    try {
      succeeded.push({ tenantId, value: await runner.runAs(tenantId, () => work(tenantId)) });
      return true;
    } catch (error) {
      failed.push({ tenantId, error });
      return false;
    }
  };
  const run = async (tenantId: string): Promise<void> => {
    const progress = { tenantId, succeeded: await settle(tenantId), settled: succeeded.length + failed.length };
    onProgress?.(progress);
  };
  const complete = await takeTurns(concurrency, tenants, run, isStopped);
  return Object.freeze({ succeeded, failed, complete, durationMs: performance.now() - startedAt });
}

/** Pulls from the source only what is worked on next, so that a source of a million tenants is never held in memory. */
async function takeTurns(
  concurrency: number,
  source: TenantIds,
  run: (tenantId: string) => Promise<void>,
  isStopped: () => boolean,
): Promise<boolean> {
  let exhausted = false;
  // A generator queues calls of next() that come while it is busy; the user's own iterator may not.
  const tenants = (async function* () {
    yield* source;
  })();
  const work = async (): Promise<void> => {
    while (!isStopped()) {
      const next = await tenants.next();
      if (next.done === true) exhausted = true;
      if (next.done === true) return;
      await run(next.value);
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: concurrency }, work));
  await tenants.return(undefined);
  const broken = workers.find((worker) => worker.status === 'rejected');
  if (broken !== undefined) throw broken.reason;
  return exhausted;
}
