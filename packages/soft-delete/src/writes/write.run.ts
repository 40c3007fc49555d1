import type { OperationTransaction } from '@nestarc/prisma';
import type { SoftModel } from '../model/soft-model';
import { isGiven, isQueryObject, type QueryObject } from '../reads/query-value';
import { activeFilter } from '../reads/where.rewriter';
import type { RestoredEvent } from '../events/restored.event';
import { Deletion, reachableEdges } from './deletion';
import type { WriteScope } from './write-scope';

/** Something that is done ahead of an operation, in its transaction. */
export type WriteStep = (tx: OperationTransaction) => Promise<void>;

/** What the rewriting of one operation comes upon, all its nested writes included. */
export class WriteRun {
  /** What has to be done ahead of it. */
  readonly before: WriteStep[] = [];
  /** Models whose rows it deletes in nested writes. */
  readonly nested = new Set<SoftModel>();
  /** What upserts brought back. */
  readonly revived: RestoredEvent[] = [];
  #deletion: Deletion | undefined;

  /** @param scope - what the rewriting goes by */
  constructor(readonly scope: WriteScope) {}

  /** The deletion that everything belongs to which the operation deletes. */
  get deletion(): Deletion {
    return (this.#deletion ??= new Deletion(this.scope));
  }

  /** Whether the operation deletes anything. */
  get deletes(): boolean {
    return this.#deletion !== undefined;
  }

  /**
   * Gives a model whose rows are deleted softly here.
   *
   * @param model - name of the model
   * @returns `undefined` when its rows are deleted for good
   */
  soft(model: string): SoftModel | undefined {
    return this.scope.visibility.isSkipped(model) ? undefined : this.scope.schema.soft(model);
  }

  /**
   * Opens the tables whose rows a deletion turns into deleted ones.
   *
   * @param model - the model it starts at
   */
  open(model: SoftModel): void {
    const { opened, schema } = this.scope;
    opened.add(model.name);
    for (const { child } of reachableEdges(schema, [model.name])) opened.add(child.name);
  }

  /**
   * Opens a table when data say something about the mark itself.
   *
   * @param model - name of the model
   * @param data - the data of a row
   */
  openForData(model: string, data: unknown): void {
    const soft = this.scope.schema.soft(model);
    if (soft !== undefined && typeof data === 'object' && data !== null && soft.deletedAt in data) {
      this.scope.opened.add(model);
    }
  }

  /**
   * Filters the rows that a deletion takes: those the caller sees, and never one that is deleted.
   *
   * @param soft - the model
   * @param where - the caller's filter, never changed
   */
  deletable(soft: SoftModel, where: unknown): unknown {
    const filter = activeFilter(this.scope, soft.name, where, { optOut: false });
    if (this.scope.visibility.modeOf(soft.name) === 'default') return filter;
    const others: QueryObject = isQueryObject(filter) ? filter : {};
    const given = isGiven(others['AND']) ? [others['AND']].flat() : [];
    return { ...others, AND: [...given, { [soft.deletedAt]: null }] };
  }

  /**
   * Filters the rows that a write may find.
   *
   * @param model - name of the model
   * @param where - the caller's filter, never changed
   */
  writable(model: string, where: unknown): unknown {
    return activeFilter(this.scope, model, where, { optOut: true });
  }
}
