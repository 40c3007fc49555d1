import type { OperationTransaction } from '@nestarc/prisma';
import { CascadeTooDeepError } from '../errors/cascade-too-deep.error';
import type { SoftDeleteSchema } from '../model/soft-delete-schema';
import type { SoftModel } from '../model/soft-model';
import { cascadeStatement, childrenProbe, countStatement } from './cascade-statement';
import type { DeletionMark } from './mark-sql';

/** What a deletion or a restoration took of a model. */
export interface CascadeTotal {
  /** How many rows. */
  count: number;
  /** The model whose rows took them along; `undefined` for those that were asked for. */
  readonly cause: string | undefined;
}

/** What a deletion or a restoration took, by model. */
export type CascadeTotals = ReadonlyMap<SoftModel, CascadeTotal>;

/**
 * Spreads a deletion, level by level: a statement for each relation of the models that the level before has taken rows of. A
 * cycle ends, since each further level takes at least one row that was active.
 */
export class CascadeRun {
  readonly #totals = new Map<SoftModel, CascadeTotal>();

  /**
   * @param tx - the transaction of the deletion
   * @param schema - the relations
   * @param mark - what marks the rows of the deletion
   * @param maxDepth - how many levels it may reach
   */
  constructor(
    private readonly tx: OperationTransaction,
    private readonly schema: SoftDeleteSchema,
    private readonly mark: DeletionMark,
    private readonly maxDepth: number,
  ) {}

  /**
   * Spreads it from the rows that are marked.
   *
   * @param marked - models with such rows
   * @param counted - further models that may have some: nested deletes do not tell how many they found
   * @returns what was taken besides the rows of `marked`
   * @throws CascadeTooDeepError when it would reach deeper than is allowed
   */
  async spread(marked: readonly SoftModel[], counted: readonly SoftModel[]): Promise<CascadeTotals> {
    let level = new Set(marked);
    for (const model of counted) {
      if (await this.#count(model)) level.add(model);
    }
    for (let depth = 1; level.size > 0; depth += 1) {
      if (depth > this.maxDepth) await this.#refuseChildren(level);
      else level = await this.#descend(level);
      if (depth > this.maxDepth) break;
    }
    return this.#totals;
  }

  async #count(model: SoftModel): Promise<boolean> {
    const [row] = await this.tx.query<{ readonly count: number }>(countStatement(model, this.mark));
    const count = row?.count ?? 0;
    if (count > 0) this.#totals.set(model, { count, cause: undefined });
    return count > 0;
  }

  async #descend(level: ReadonlySet<SoftModel>): Promise<Set<SoftModel>> {
    const next = new Set<SoftModel>();
    for (const parent of level) {
      for (const edge of this.schema.edgesFrom(parent.name)) {
        const count = await this.tx.execute(cascadeStatement(edge, this.mark));
        if (count === 0) continue;
        const total = this.#totals.get(edge.child);
        if (total === undefined) this.#totals.set(edge.child, { count, cause: parent.name });
        else total.count += count;
        next.add(edge.child);
      }
    }
    return next;
  }

  async #refuseChildren(level: ReadonlySet<SoftModel>): Promise<void> {
    for (const parent of level) {
      for (const edge of this.schema.edgesFrom(parent.name)) {
        const found = await this.tx.query(childrenProbe(edge, this.mark));
        if (found.length > 0) throw new CascadeTooDeepError(edge.child.name, this.maxDepth);
      }
    }
  }
}
