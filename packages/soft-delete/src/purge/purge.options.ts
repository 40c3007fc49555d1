import { InvalidOptionsError, resolveOptions } from '@nestarc/core';
import { z } from 'zod';
import type { EventWhere } from '../events/event-details';
import type { SoftDeleteSchema } from '../model/soft-delete-schema';
import type { SoftModel } from '../model/soft-model';
import type { QueryObject } from '../reads/query-value';
import { rowFilter } from '../rows/row-filter';

/** Options of `purge`. */
export interface PurgeOptions {
  /** Rows that were deleted before this go; later than the present is refused. */
  readonly olderThan: Date;
  /** Which of them. For one model a filter; for several, filters by model: `{ Post: { … } }`. Defaults to all. */
  readonly where?: EventWhere | undefined;
  /** Rows to keep, as filters by model: `{ Post: { … } }`. What they refer to is kept, too. Defaults to none. */
  readonly hold?: Readonly<Record<string, EventWhere>> | undefined;
  /** How many rows a transaction removes of a model, up to 10,000. Defaults to 1000. */
  readonly batchSize?: number | undefined;
  /** Counts only. Defaults to false. */
  readonly dryRun?: boolean | undefined;
  /**
   * Told after each batch, once it is committed, and waited for; a failure ends the purge. Defaults to nobody.
   *
   * @param progress - what the batch removed
   */
  readonly onBatch?: ((progress: PurgeProgress) => unknown) | undefined;
  /** Ends the purge between two batches; it answers what was done until then. Defaults to none. */
  readonly signal?: AbortSignal | undefined;
}

/** How far a purge has come. */
export interface PurgeProgress {
  /** Name of the model. */
  readonly model: string;
  /** How many of its rows the batch removed. */
  readonly purged: number;
  /** How many the purge has removed until now. */
  readonly total: number;
}

/** What became of the rows of a model. */
export interface PurgeCounts {
  /** How many are gone. */
  readonly purged: number;
  /** How many stay because others refer to them, which stay. */
  readonly blocked: number;
  /** How many stay because they are held. */
  readonly held: number;
}

/** What a purge did, or would do. */
export interface PurgeResult {
  /** How many rows are gone, of all models. */
  readonly count: number;
  /** What became of the rows, by model. */
  readonly models: Readonly<Record<string, PurgeCounts>>;
  /** Whether nothing was removed, only counted. */
  readonly dryRun: boolean;
  /** Whether it came to its end; `false` when it was stopped. */
  readonly isComplete: boolean;
}

/** What a purge has to look at of a model. */
export interface PurgedModel {
  /** The model. */
  readonly soft: SoftModel;
  /** Which rows; `undefined` for all. */
  readonly filter: QueryObject | undefined;
  /** Which rows to keep. */
  readonly hold: QueryObject | undefined;
}

/** A purge, checked. */
export interface PurgeRequest {
  readonly models: readonly PurgedModel[];
  readonly olderThan: Date;
  readonly batchSize: number;
  readonly dryRun: boolean;
  readonly onBatch: PurgeOptions['onBatch'];
  readonly signal: AbortSignal | undefined;
}

/** More would not fit into the parameters of one statement: PostgreSQL takes 32,767, and a key may have three fields. */
export const MAX_BATCH_SIZE = 10_000;

const filters = z.custom<Readonly<Record<string, EventWhere>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'expected an object',
);

const schema = z.strictObject({
  olderThan: z.custom<Date>(
    (value) => value instanceof Date && value.getTime() <= Date.now(),
    'expected a Date that is not in the future',
  ),
  where: filters.optional(),
  hold: filters.optional(),
  batchSize: z.int().min(1).max(MAX_BATCH_SIZE).default(1000),
  dryRun: z.boolean().default(false),
  onBatch: z
    .custom<NonNullable<PurgeOptions['onBatch']>>((value) => typeof value === 'function', 'expected a function')
    .optional(),
  signal: z.custom<AbortSignal>((value) => value instanceof AbortSignal, 'expected an AbortSignal').optional(),
});

/**
 * Checks what a purge is given.
 *
 * @param owner - the operation, for messages
 * @param models - the schema
 * @param asked - the models, and whether the caller named just one
 * @param options - what the caller passed
 * @throws InvalidOptionsError naming the path of every refused option
 */
export function purgeRequest(
  owner: string,
  models: SoftDeleteSchema,
  asked: { readonly named: readonly SoftModel[]; readonly isOne: boolean },
  options: PurgeOptions,
): PurgeRequest {
  const { olderThan, batchSize, dryRun, onBatch, signal } = resolveOptions(owner, schema, options);
  const named = [...new Set(asked.named)];
  const [one] = named;
  // Read from what the caller passed: filters hold values of Prisma's own classes, and are none of ours to freeze.
  const { where, hold } = options;
  const filter =
    asked.isOne && one !== undefined && where !== undefined
      ? new Map([[one, rowFilter(owner, one.info, where)]])
      : byModel(owner, models, named, where, 'where');
  const holds = byModel(owner, models, models.models, hold, 'hold');
  return {
    models: named.map((soft) => ({ soft, filter: filter.get(soft), hold: holds.get(soft) })),
    olderThan: new Date(olderThan),
    batchSize,
    dryRun,
    onBatch,
    signal,
  };
}

function byModel(
  owner: string,
  { models }: SoftDeleteSchema,
  allowed: readonly SoftModel[],
  given: Readonly<Record<string, unknown>> = {},
  path: string,
): Map<SoftModel, QueryObject> {
  return new Map(
    Object.entries(given).map(([name, filter]) => {
      const soft = models.find((model) => model.name.toLowerCase() === name.toLowerCase());
      if (soft !== undefined && allowed.includes(soft)) {
        return [soft, rowFilter(owner, soft.info, filter, `${path}.${name}`)];
      }
      const message = soft === undefined ? 'is not one of softDeleteModels' : 'is not one of the models to purge';
      throw new InvalidOptionsError(owner, [{ path: `${path}.${name}`, message }]);
    }),
  );
}
