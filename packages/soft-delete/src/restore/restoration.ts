import type { OperationTransaction } from '@nestarc/prisma';
import type { CascadeTotal, CascadeTotals } from '../cascade/cascade.run';
import { ParentDeletedError, RecordNotDeletedError, RestoreConflictError } from '../errors/restore.errors';
import type { SoftDeleteSchema } from '../model/soft-delete-schema';
import type { SoftModel } from '../model/soft-model';
import type { QueryObject } from '../reads/query-value';
import { keysJson } from '../rows/row-keys';
import { restoreFailure } from './restore-failure';
import type { RootKeys } from './deletion-tree.sql';
import { type RestoreReach, restoreReach } from './restore-reach';
import { type Obstacles, obstaclesStatement, type Restored, restoreStatement } from './restore-statements';

/** Brings rows back, with everything that their deletions took along. */
export class Restoration {
  readonly #totals = new Map<SoftModel, CascadeTotal>();
  readonly #reach: RestoreReach;

  /**
   * @param tx - the transaction
   * @param schema - the relations
   * @param root - the model of the rows
   * @param now - the instant that `@updatedAt` fields are set to. Defaults to the present
   */
  constructor(
    private readonly tx: OperationTransaction,
    schema: SoftDeleteSchema,
    private readonly root: SoftModel,
    private readonly now: Date = new Date(),
  ) {
    this.#reach = restoreReach(schema, root);
  }

  /** How many rows came back, by model; for each the model they hung on. */
  get totals(): CascadeTotals {
    return this.#totals;
  }

  /**
   * Brings rows back.
   *
   * @param rows - deleted rows, their keys among their fields
   * @param isSingle - whether all of them have to be restored, rather than those that are still deleted. Defaults to the latter
   * @returns how many of them
   * @throws RecordNotDeletedError when all have to be, and one has been restored or removed meanwhile
   * @throws ParentDeletedError when a row would hang on one that stays deleted
   * @throws RestoreConflictError when active rows hold their unique values
   */
  async restore(rows: readonly QueryObject[], isSingle = false): Promise<number> {
    if (rows.length === 0) return 0;
    const { root, now, tx } = this;
    const { deletionId = '' } = root;
    const areNamed = rows.every((row) => typeof row[deletionId] === 'string');
    const keys = { json: keysJson(root.info, rows), areNamed };
    await this.#assertNoObstacles(keys, isSingle ? rows.length : 0);
    const restored = await tx
      .query<{ readonly answer: string }>(restoreStatement(this.#reach, root, keys, now))
      .catch((error: unknown) => {
        throw restoreFailure(error, this.#reach.models) ?? error;
      });
    const { counts, roots } = answerOf<Restored>(restored);
    if (isSingle && roots < rows.length) throw new RecordNotDeletedError(root.name);
    this.#reach.models.forEach((model, index) => this.#count(model, counts[index] ?? 0));
    return roots;
  }

  async #assertNoObstacles(keys: RootKeys, expected: number): Promise<void> {
    const { root, tx } = this;
    const { parentEdges, contested } = this.#reach;
    const rows = await tx.query<{ readonly answer: string }>(obstaclesStatement(this.#reach, root, keys));
    const { roots, parents, taken } = answerOf<Obstacles>(rows);
    if (roots < expected) throw new RecordNotDeletedError(root.name);
    const edge = parentEdges[parents[0] ?? -1];
    if (edge !== undefined) throw new ParentDeletedError(edge.child.name, edge.childField);
    const key = contested[taken[0] ?? -1];
    if (key !== undefined) throw new RestoreConflictError(key.model.name, key.unique.fields);
  }

  #count(model: SoftModel, count: number): void {
    const before = this.#totals.get(model);
    if (before !== undefined) before.count += count;
    else if (count > 0) this.#totals.set(model, { count, cause: this.#causeOf(model) });
  }

  #causeOf(model: SoftModel): string | undefined {
    if (model === this.root) return undefined;
    return this.#reach.edges.find(({ child }) => child === model)?.parent.name;
  }
}

/** Answers come as text, which every version of Prisma leaves as it is. */
function answerOf<T>(rows: readonly { readonly answer: string }[]): T {
  return JSON.parse(rows[0]?.answer ?? '{}') as T;
}
