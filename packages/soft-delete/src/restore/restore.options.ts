import type { EventWhere } from '../events/event-details';

/** Options of operations on one row. */
export interface RestoreOptions {
  /**
   * The client that the callback of a `$transaction(callback)` is given, to take part in that. Defaults to the client of the
   * operations, which takes part in the ambient transaction of a `TransactionHost` by itself.
   */
  readonly tx?: object | undefined;
}

/** Options of `forceDelete`. */
export type ForceDeleteOptions = RestoreOptions;

/** Options of `restoreMany`. */
export interface RestoreManyOptions extends RestoreOptions {
  /** Which deleted rows. Defaults to all. */
  readonly where?: EventWhere | undefined;
}
