import { currentActorId, currentVisibility, runWithVisibility } from './current-visibility';
import { ALL_MODELS, type FilterMode, VisibilityState } from './visibility';

/** What {@link SoftDeleteContext.run} puts into force. */
export interface SoftDeleteStore {
  /** Which rows are seen. */
  readonly filterMode: FilterMode;
  /** Leaves models alone: nothing is filtered, and deletes are real. */
  readonly skipSoftDelete: boolean;
  /** The models that this is about. Defaults to all of them. */
  readonly models?: readonly string[] | undefined;
  /** Who acts. Defaults to the actor of the request. */
  readonly actorId?: string | null | undefined;
  /** Relations whose deleted rows are seen, as paths from the root of a query. Defaults to none. */
  readonly withDeletedRelationPaths?: readonly string[] | undefined;
}

/** What is in force about deleted rows where the code runs that asks. */
export class SoftDeleteContext {
  /**
   * Runs a function, and everything it starts, with a store in place of the one in force.
   *
   * @param store - see {@link SoftDeleteStore}
   * @param callback - the function; operations that it returns without waiting for them see what it sees
   */
  static run<T>(store: SoftDeleteStore, callback: () => T): T {
    const models = store.models ?? [ALL_MODELS];
    const visibility = new VisibilityState({
      modes: new Map(store.filterMode === 'default' ? [] : models.map((model) => [model, store.filterMode] as const)),
      skipped: new Set(store.skipSoftDelete ? models : []),
      relationPaths: new Set(store.withDeletedRelationPaths),
      ...(store.actorId === undefined ? {} : { actorId: store.actorId }),
    });
    return runWithVisibility(visibility, callback);
  }

  /**
   * Tells which rows are seen.
   *
   * @param model - of which model. Defaults to those that nothing was said about by name
   */
  static getFilterMode(model: string = ALL_MODELS): FilterMode {
    return currentVisibility().modeOf(model);
  }

  /**
   * Tells whether models are left alone.
   *
   * @param model - which model. Defaults to those that nothing was said about by name
   */
  static isSkipped(model: string = ALL_MODELS): boolean {
    return currentVisibility().isSkipped(model);
  }

  /** Tells who acts, null when nobody does. */
  static getActorId(): string | null {
    return currentActorId();
  }

  /** Gives the relations whose deleted rows are seen. */
  static getWithDeletedRelationPaths(): readonly string[] {
    return [...currentVisibility().relationPaths];
  }

  /**
   * Tells whether the deleted rows of a relation are seen.
   *
   * @param path - the relation, as a path from the root of the query
   */
  static isWithDeletedRelationPath(path: string): boolean {
    return currentVisibility().relationPaths.has(path);
  }
}
