import { PurgedEvent } from '../events/purged.event';
import type { SoftDeleteEvent } from '../events/soft-delete-events';
import type { PurgeCounts, PurgedModel } from './purge.options';

/** Counts what becomes of rows, and tells of what was committed: one event for each model. */
export class PurgeTally {
  readonly #counts: Map<PurgedModel, { purged: number; blocked: number; held: number }>;
  readonly #committed = new Map<PurgedModel, number>();
  #pending = 0;
  #isOver = false;

  /**
   * @param models - the models
   * @param olderThan - when their rows were deleted at the latest
   */
  constructor(
    models: readonly PurgedModel[],
    private readonly olderThan: Date,
  ) {
    this.#counts = new Map(models.map((model) => [model, { purged: 0, blocked: 0, held: 0 }]));
  }

  /** Tells of what was committed, and who asked; set by the first batch. */
  announce: (event: SoftDeleteEvent) => void = () => undefined;
  /** Who asked. */
  actorId: string | null = null;

  /** How many rows are gone, of all models. */
  get count(): number {
    return [...this.#counts.values()].reduce((sum, { purged }) => sum + purged, 0);
  }

  /** What became of the rows, by model. */
  get models(): Readonly<Record<string, PurgeCounts>> {
    return Object.fromEntries([...this.#counts].map(([{ soft }, counts]) => [soft.name, { ...counts }]));
  }

  /**
   * Forgets which rows stayed: they are looked at again.
   *
   * @param models - whose rows
   */
  beginPass(models: readonly PurgedModel[]): void {
    for (const model of models) Object.assign(this.#of(model), { blocked: 0, held: 0 });
  }

  /**
   * Counts what became of rows.
   *
   * @param model - their model
   * @param counts - how many
   * @returns how many are gone by now
   */
  add(model: PurgedModel, counts: PurgeCounts): number {
    const sum = this.#of(model);
    sum.purged += counts.purged;
    sum.blocked += counts.blocked;
    sum.held += counts.held;
    return sum.purged;
  }

  /** Takes note of a batch whose end is not known yet. */
  began(): void {
    this.#pending += 1;
  }

  /** Takes note that such a batch failed. */
  failed(): void {
    this.#pending -= 1;
  }

  /**
   * Takes note that such a batch is committed. In a transaction of the caller that comes when the purge is over.
   *
   * @param purged - how many rows of each model
   */
  committed(purged: ReadonlyMap<PurgedModel, number>): void {
    this.#pending -= 1;
    for (const [model, count] of purged) this.#committed.set(model, (this.#committed.get(model) ?? 0) + count);
    this.#tell();
  }

  /** Takes note that nothing more comes. */
  over(): void {
    this.#isOver = true;
    this.#tell();
  }

  #tell(): void {
    if (!this.#isOver || this.#pending > 0) return;
    for (const [{ soft }, count] of this.#committed) {
      if (count > 0) this.announce(new PurgedEvent(soft.name, count, this.olderThan, { actorId: this.actorId }));
    }
    this.#committed.clear();
  }

  #of(model: PurgedModel): { purged: number; blocked: number; held: number } {
    const counts = this.#counts.get(model) ?? { purged: 0, blocked: 0, held: 0 };
    this.#counts.set(model, counts);
    return counts;
  }
}
