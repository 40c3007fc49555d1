/** What an `upsert` or `connectOrCreate` does when the row it names is deleted. */
export type DeletedUpsert = 'create' | 'revive' | 'error';

/** What a query gives for a to-one relation to a deleted row. */
export type DeletedToOne = 'null' | 'error';

/** Who keeps deleted rows out of sight. */
export type Enforcement = 'client' | 'database';

/** Told of deletions that were committed. */
export interface SoftDeleteEventTarget {
  /**
   * Called after the commit.
   *
   * @param event - what was deleted
   */
  emitSoftDeleted(event: object): void;
}

/** Kept for code that sets it: filters of relations are always on, at every depth. */
export interface RelationFilterOptions {
  /** Has to be true. */
  readonly enabled?: boolean | undefined;
  /** Has no effect. */
  readonly maxDepth?: number | undefined;
}

/** Options of `createPrismaSoftDeleteExtension`. */
export interface SoftDeleteExtensionOptions {
  /** Names of the models whose rows are deleted softly, in any case. */
  readonly softDeleteModels: readonly string[];
  /** Field that holds when a row was deleted, null while it is active. Defaults to `deletedAt`. */
  readonly deletedAtField?: string | undefined;
  /** Field that holds who deleted a row. Defaults to `deletedBy` where a model has it; null for none. */
  readonly deletedByField?: string | null | undefined;
  /**
   * Field that holds which deletion took a row, as a UUID that all rows of one deletion share. Defaults to `deletionId` where a
   * model has it; null for none. Without it the instant of the deletion stands for it.
   */
  readonly deletionIdField?: string | null | undefined;
  /**
   * Models that are deleted and restored along with their parent: `{ User: ['Post'] }`. Where a child has several relations to
   * the parent, the one that is meant: `{ User: ['Post.author'] }`. Defaults to none.
   */
  readonly cascade?: Readonly<Record<string, readonly string[]>> | undefined;
  /** How many levels below the row a cascade may reach; a deeper one fails as a whole. Defaults to no limit. */
  readonly maxCascadeDepth?: number | undefined;
  /**
   * What `upsert` and `connectOrCreate` do when the row they name is deleted: `create` takes it for gone, `revive` brings it back,
   * `error` refuses. Defaults to `create`, which fails when a unique index still covers the deleted row.
   */
  readonly deletedUpsert?: DeletedUpsert | undefined;
  /** What a query gives for a to-one relation to a deleted row. Defaults to `null`, also for required relations. */
  readonly deletedToOne?: DeletedToOne | undefined;
  /**
   * Who keeps deleted rows out of sight: the `client`, by rewriting its queries; or the `database` as well, by policies that
   * `softDeleteSql` makes, which hold for raw SQL and other clients too. Defaults to `client`.
   */
  readonly enforcement?: Enforcement | undefined;
  /** Told of deletions, after their commit. Defaults to the events of `SoftDeleteModule`. */
  readonly eventEmitter?: SoftDeleteEventTarget | null | undefined;
  /** Accepted for compatibility and not needed: the schema is read from the client. */
  readonly dmmf?: unknown;
  /** Accepted for compatibility: filters of relations are always on. False is refused. */
  readonly relationFilters?: boolean | RelationFilterOptions | undefined;
}
