import { InvalidOptionsError } from '@nestarc/core';
import type { ModelInfo } from '@nestarc/prisma';
import { OwnOperationMissedError } from './errors/own-operation-missed.error';
import type { EventWhere } from './events/event-details';
import { attachmentOf } from './model/soft-delete-attachment';
import type { SoftDeleteSchema } from './model/soft-delete-schema';
import type { SoftModel } from './model/soft-model';
import { runOwnOperation } from './planner/own-operation';
import { type PurgeOptions, type PurgeResult, purgeRequest } from './purge/purge.options';
import { PurgeRun } from './purge/purge.run';
import { forceDeleteArgs, type ForceDeleteOutcome, forceDeletePlan } from './restore/force-delete.plan';
import type { ForceDeleteOptions, RestoreManyOptions, RestoreOptions } from './restore/restore.options';
import { lookupArgs, type RestoreOutcome, restorePlan, type RestoreRequest } from './restore/restore.plan';
import { rowFilter, singleRowFilter } from './rows/row-filter';

export type { PurgeCounts, PurgeOptions, PurgeProgress, PurgeResult } from './purge/purge.options';
export type { ForceDeleteOptions, RestoreManyOptions, RestoreOptions } from './restore/restore.options';

/**
 * Restores what was deleted softly, and removes rows for good. All of it runs as operations of the client do: for the tenant
 * they are called for, in the ambient transaction where there is one, and with events after the commit.
 */
export class SoftDeleteOperations {
  readonly #client: object;
  readonly #schema: SoftDeleteSchema;

  /**
   * @param client - a Prisma client that was extended with `createPrismaSoftDeleteExtension`, or that of a transaction's callback
   * @throws InvalidOptionsError for a client that does not delete softly
   */
  constructor(client: object) {
    const attachment = attachmentOf(client);
    if (attachment === undefined) {
      const message = 'the client does not delete softly: extend it with createPrismaSoftDeleteExtension(…)';
      throw new InvalidOptionsError(OWNER, [{ path: 'client', message }]);
    }
    this.#client = client;
    this.#schema = attachment.schema;
  }

  /**
   * Restores a row and everything that its deletion took along, in one transaction. Where the filter finds rows of several
   * deletions, the one that was deleted last.
   *
   * @param model - name of the model
   * @param where - the row: a filter, or a unique key, also one of several fields
   * @param options - see {@link RestoreOptions}
   * @returns the row
   * @throws RecordNotFoundError when there is none
   * @throws RecordNotDeletedError when it is active
   * @throws RecordAmbiguousError when the filter finds several rows of the last deletion
   * @throws ParentDeletedError when it, or what came along with it, would hang on a row that stays deleted
   * @throws RestoreConflictError when active rows have taken its unique values, or those of what came along
   * @throws InvalidOptionsError for a model that is not deleted softly, and a filter that says nothing
   */
  async restore<T = Record<string, unknown>>(
    model: string,
    where: EventWhere,
    options: RestoreOptions = {},
  ): Promise<T> {
    const owner = `${OWNER}.restore()`;
    const soft = this.#soft(owner, model);
    const filter = singleRowFilter(owner, soft.info, where);
    const { answer } = await this.#restore(options, { soft, filter, where, isSingle: true });
    return (answer as readonly T[])[0] as T;
  }

  /**
   * Restores deleted rows and everything that their deletions took along, all or nothing.
   *
   * @param model - name of the model
   * @param options - see {@link RestoreManyOptions}. Defaults to all deleted rows
   * @returns how many rows were restored of those that were asked for
   * @throws ParentDeletedError when one of the rows would hang on one that stays deleted
   * @throws RestoreConflictError when active rows have taken unique values
   * @throws InvalidOptionsError for a model that is not deleted softly
   */
  async restoreMany(model: string, options: RestoreManyOptions = {}): Promise<{ count: number }> {
    const owner = `${OWNER}.restoreMany()`;
    const { where = {} } = options;
    const soft = this.#soft(owner, model);
    const filter = rowFilter(owner, soft.info, where);
    const { count } = await this.#restore(options, { soft, filter, where, isSingle: false });
    return { count };
  }

  /**
   * Removes a row for good, whether it is deleted or active. No event tells of it, and nothing else goes along.
   *
   * @param model - name of the model
   * @param where - the row: a filter, or a unique key, also one of several fields
   * @param options - see {@link ForceDeleteOptions}
   * @returns the row as it was
   * @throws RecordAmbiguousError when the filter finds several
   * @throws InvalidOptionsError for a model that is none, and a filter that says nothing. Prisma's own error P2025 where
   *   there is no such row, and P2003 where others refer to it
   */
  async forceDelete<T = Record<string, unknown>>(
    model: string,
    where: EventWhere,
    options: ForceDeleteOptions = {},
  ): Promise<T> {
    const owner = `${OWNER}.forceDelete()`;
    const info = this.#model(owner, model);
    const filter = singleRowFilter(owner, info, where);
    const outcome: ForceDeleteOutcome = { isDone: false };
    const answer = await runOwnOperation(
      options.tx ?? this.#client,
      info.name,
      forceDeleteArgs(info, filter, this.#schema.soft(info.name)),
      (scope) => forceDeletePlan(scope, info, filter, outcome),
    );
    if (!outcome.isDone) throw new OwnOperationMissedError(info.name);
    return (answer as readonly T[])[0] as T;
  }

  /**
   * Removes rows for good that were deleted before an instant, children ahead of their parents, in batches that each have a
   * transaction of their own; within an ambient transaction they are part of that. Active rows are never removed, nor rows
   * that others refer to which stay. Can be stopped at any time, and called again to go on.
   *
   * @param models - names of the models. Defaults to all that are deleted softly
   * @param options - see {@link PurgeOptions}
   * @returns what was removed, and what was kept
   * @throws InvalidOptionsError without an instant in the past, and for all else that cannot be
   */
  async purge(models: string | readonly string[] | undefined, options: PurgeOptions): Promise<PurgeResult> {
    const owner = `${OWNER}.purge()`;
    const named = models === undefined ? this.#schema.models : [models].flat().map((name) => this.#soft(owner, name));
    const request = purgeRequest(owner, this.#schema, { named, isOne: typeof models === 'string' }, options);
    return new PurgeRun(this.#client, this.#schema, request).run();
  }

  async #restore(
    { tx }: RestoreOptions,
    request: RestoreRequest,
  ): Promise<{ readonly answer: unknown; readonly count: number }> {
    const outcome: RestoreOutcome = { count: 0, isDone: false };
    const { name } = request.soft;
    const answer = await runOwnOperation(tx ?? this.#client, name, lookupArgs(request), (scope) =>
      restorePlan(scope, request, outcome),
    );
    if (!outcome.isDone) throw new OwnOperationMissedError(name);
    return { answer, count: outcome.count };
  }

  #soft(owner: string, name: string): SoftModel {
    const soft = this.#schema.soft(this.#model(owner, name).name);
    if (soft !== undefined) return soft;
    throw unknown(owner, `"${name}" is not one of softDeleteModels`);
  }

  #model(owner: string, name: string): ModelInfo {
    const { metadata } = this.#schema;
    const spelt = metadata.names.find((other) => other.toLowerCase() === String(name).toLowerCase());
    const info = spelt === undefined ? undefined : metadata.model(spelt);
    if (info !== undefined) return info;
    throw unknown(owner, `the schema has no model "${name}"`);
  }
}

const OWNER = 'SoftDeleteOperations';

const unknown = (owner: string, message: string): InvalidOptionsError =>
  new InvalidOptionsError(owner, [{ path: 'model', message }]);
