import type { ReadScope } from './read-scope';
import { SoftDeleteOrderError } from '../errors/soft-delete-order.error';
import type { QueryObject } from './query-value';

/** A list within a row that starts at a given row. */
export interface NestedCursor {
  /** Model of the list's rows. */
  readonly model: string;
  /** Field of the list. */
  readonly field: string;
  /** The row it starts at. */
  readonly cursor: QueryObject;
}

/** An order that follows a relation. */
interface RelationOrder {
  readonly model: string;
  readonly path: string;
  readonly isUnanswerable: boolean;
}

/**
 * What can be judged only when the whole operation has been looked at: whether a deleted row is out of PostgreSQL's sight
 * depends on what its other parts ask for.
 */
export class DeferredChecks {
  readonly #orders: RelationOrder[] = [];
  readonly #cursors: NestedCursor[] = [];

  /** @param scope - what the rewriting goes by */
  constructor(private readonly scope: ReadScope) {}

  /**
   * Notes an order by what deleted rows hold, or by their number.
   *
   * @param model - the model of these rows
   * @param path - where the order stands
   * @param isUnanswerable - whether it cannot be answered where PostgreSQL hides the deleted rows either
   */
  addOrder(model: string, path: string, isUnanswerable: boolean): void {
    this.#orders.push({ model, path, isUnanswerable });
  }

  /**
   * Notes a list that starts at a row which may be deleted.
   *
   * @param cursor - see {@link NestedCursor}
   */
  addCursor(cursor: NestedCursor): void {
    this.#cursors.push(cursor);
  }

  /**
   * Tells whether deleted rows of a model are in the statement's sight, so that rewriting alone keeps them out.
   *
   * @param model - name of the model
   */
  isInSight(model: string): boolean {
    return this.scope.options.enforcement === 'client' || this.scope.opened.has(model);
  }

  /** @throws SoftDeleteOrderError for an order that deleted rows would have a part in */
  refuseOrders(): void {
    const order = this.#orders.find(({ model, isUnanswerable }) => isUnanswerable || this.isInSight(model));
    if (order !== undefined) throw new SoftDeleteOrderError(order.path, order.model);
  }

  /** Gives the lists whose first row has to be looked at. */
  get cursors(): readonly NestedCursor[] {
    return this.#cursors.filter(({ model }) => this.isInSight(model));
  }
}
