import type { RequestContext } from '@nestarc/core';
import type { SqlFragment } from '@nestarc/postgres';

/** An operation of a Prisma client, as planners see it and as plans name one. */
export interface PlannedOperation {
  /** Name of the model, as the schema spells it; absent for raw SQL. */
  readonly model: string | undefined;
  /** Name of the operation, such as `findMany`, `delete` or `queryRaw`. */
  readonly action: string;
  /** Arguments of the call; not to be changed. */
  readonly args: unknown;
  /** The fields the answer is taken from in the fluent API, such as `['posts']` for `user.findUnique(…).posts()`. */
  readonly path: readonly string[];
}

/** What runs in the transaction of an operation that is planned. */
export interface OperationTransaction {
  /**
   * Runs a statement.
   *
   * @param statement - the statement
   * @returns the number of rows it changed
   */
  execute(statement: SqlFragment): Promise<number>;
  /**
   * Runs a statement that gives rows.
   *
   * @param statement - the statement
   * @returns its rows, as `$queryRaw` gives them
   */
  query<T>(statement: SqlFragment): Promise<T[]>;
  /**
   * Runs an operation of a model as it is: no planner is asked, and no query extension of the user.
   *
   * @param operation - the operation
   * @returns its answer
   */
  run(operation: PlannedOperation): Promise<unknown>;
}

/** Asked ahead of an operation, or beside it. */
export interface OperationPrecondition {
  /** What is asked. */
  readonly operation: PlannedOperation;
  /** The answer of the operation when nothing is found: `null`, no rows, or a count of 0. */
  readonly otherwise: unknown;
}

/** What becomes of an operation. Everything is optional; an empty plan changes nothing. */
export interface OperationPlan {
  /** The operation that is run instead. Defaults to the one the user called, which errors name in any case. */
  readonly action?: string | undefined;
  /** Its arguments. Defaults to those of the call. */
  readonly args?: unknown;
  /** Where in its answer the result is taken from; `[]` is all of it. Defaults to the path of the call. */
  readonly path?: readonly string[] | undefined;
  /**
   * The context that all statements of this plan run in; of the same tenant as that of the call. Operations are merged into
   * one statement where their contexts are the same object.
   */
  readonly context?: RequestContext | undefined;
  /** Asked first in the same transaction; beside the operation where that only reads and no transaction is open. */
  readonly precondition?: OperationPrecondition | undefined;
  /**
   * Runs ahead of the operation in the same transaction: that of the caller, or one of its own.
   *
   * @param tx - the transaction
   */
  readonly before?: ((tx: OperationTransaction) => Promise<void>) | undefined;
  /**
   * Runs behind the operation in the same transaction; the operation is undone when it fails.
   *
   * @param tx - the transaction
   * @param result - what the operation answered
   */
  readonly after?: ((tx: OperationTransaction, result: unknown) => Promise<void>) | undefined;
  /**
   * Turns the answer into what the caller gets; a promise is awaited.
   *
   * @param result - what the operation answered, at the end of its path
   * @param run - runs another operation as `OperationTransaction.run` does: in the transaction of the operation, if it had
   *   one, and for an array, once that is committed
   */
  readonly finish?: ((result: unknown, run: OperationTransaction['run']) => unknown) | undefined;
  /**
   * Told once what the operation wrote is committed, and never when it was rolled back. A failure is reported as a warning.
   *
   * @param result - what the operation answered
   */
  readonly committed?: ((result: unknown) => void) | undefined;
}

/**
 * Says what becomes of an operation. Is asked for every operation of the client, when that is sent and in the context it was
 * called in: one that is not concerned should cost no more than a look into a map.
 *
 * @param operation - the operation
 * @returns the plan, or `undefined` to leave the operation as it is
 * @throws to refuse the operation; nothing is sent then, and the caller's promise is rejected
 */
export type OperationPlanner = (operation: PlannedOperation) => OperationPlan | undefined;
