import { Injectable } from '@nestjs/common';
import type { EventWhere } from '../events/event-details';
import {
  type ForceDeleteOptions,
  type PurgeOptions,
  type PurgeResult,
  type RestoreManyOptions,
  type RestoreOptions,
  SoftDeleteOperations,
} from '../soft-delete.operations';
import { runWithChanges } from '../visibility/current-visibility';
import { ALL_MODELS, type FilterMode } from '../visibility/visibility';
import { SoftDeleteClient } from './soft-delete-client';

/**
 * Restores, removes for good, and shows what was deleted softly. Everything goes through the application's own client: its tenant,
 * its transaction and its actor are those of the code that calls, and nothing is done without a tenant where that needs one.
 */
@Injectable()
export class SoftDeleteService {
  #operations: SoftDeleteOperations | undefined;

  constructor(private readonly prisma: SoftDeleteClient) {}

  /**
   * Restores a row and everything that its deletion took along, in one transaction.
   *
   * @param model - name of the model
   * @param where - the row: a filter, or a unique key, also one of several fields
   * @param options - see {@link RestoreOptions}
   * @returns the row
   * @throws RecordNotFoundError, RecordNotDeletedError, RecordAmbiguousError, ParentDeletedError or RestoreConflictError; nothing
   *   is changed then
   */
  async restore<T = Record<string, unknown>>(model: string, where: EventWhere, options?: RestoreOptions): Promise<T> {
    return await this.#core().restore<T>(model, where, options);
  }

  /**
   * Restores deleted rows and everything that their deletions took along, all or nothing.
   *
   * @param model - name of the model
   * @param options - see {@link RestoreManyOptions}. Defaults to all deleted rows
   * @returns how many rows of the model were restored
   * @throws ParentDeletedError or RestoreConflictError; nothing is changed then
   */
  async restoreMany(model: string, options?: RestoreManyOptions): Promise<{ count: number }> {
    return await this.#core().restoreMany(model, options);
  }

  /**
   * Removes a row for good, whether it is deleted or active. No event tells of it, and nothing else goes along.
   *
   * @param model - name of the model
   * @param where - the row: a filter, or a unique key, also one of several fields
   * @param options - see {@link ForceDeleteOptions}
   * @returns the row as it was
   * @throws RecordAmbiguousError where the filter finds several; Prisma's P2025 where it finds none, and P2003 where others
   *   refer to the row
   */
  async forceDelete<T = Record<string, unknown>>(
    model: string,
    where: EventWhere,
    options?: ForceDeleteOptions,
  ): Promise<T> {
    return await this.#core().forceDelete<T>(model, where, options);
  }

  /**
   * Removes rows for good that were deleted before an instant, in batches, children ahead of their parents.
   *
   * @param models - name of the model, or of several; `undefined` for all
   * @param options - see {@link PurgeOptions}
   * @returns what was removed, and what was kept
   * @throws InvalidOptionsError without an instant in the past, and for all else that cannot be; nothing is removed then
   */
  async purge(models: string | readonly string[] | undefined, options: PurgeOptions): Promise<PurgeResult> {
    return await this.#core().purge(models, options);
  }

  /**
   * Runs a function that sees deleted rows along with the active ones.
   *
   * @param callback - the function; operations that it returns without waiting for them see the same
   * @param models - names of the models it sees so. Defaults to all
   */
  async withDeleted<T>(callback: () => T | PromiseLike<T>, models?: readonly string[]): Promise<T> {
    return this.#seeing('withDeleted', callback, models);
  }

  /**
   * Runs a function that sees nothing but deleted rows.
   *
   * @param callback - the function; operations that it returns without waiting for them see the same
   * @param models - names of the models it sees so. Defaults to all
   */
  async onlyDeleted<T>(callback: () => T | PromiseLike<T>, models?: readonly string[]): Promise<T> {
    return this.#seeing('onlyDeleted', callback, models);
  }

  #core(): SoftDeleteOperations {
    return (this.#operations ??= new SoftDeleteOperations(this.prisma.client));
  }

  async #seeing<T>(
    mode: FilterMode,
    callback: () => T | PromiseLike<T>,
    models: readonly string[] = [ALL_MODELS],
  ): Promise<T> {
    const modes = new Map(models.map((model) => [model, mode]));
    return runWithChanges([{ modes }], async () => await callback());
  }
}
