import type { SoftDeleteEvent } from '../events/soft-delete-events';
import type { DeletedUpsert } from '../options/soft-delete.options';
import type { ReadScope } from '../reads/read-scope';

/** What the rewriting of an operation that writes goes by, and what it tells of. */
export interface WriteScope extends ReadScope {
  /** What the user decided for the client. */
  readonly options: ReadScope['options'] & {
    /** What upserts of deleted rows do. */
    readonly deletedUpsert: DeletedUpsert;
    /** How many levels below a row its deletion may reach. */
    readonly maxCascadeDepth: number;
  };
  /** Gives the instant of a deletion. */
  now(): Date;
  /** Tells who deletes, null when nobody does. */
  actorId(): string | null;
  /** Makes the UUID of a deletion. */
  newDeletionId(): string;
  /**
   * Tells of what was committed.
   *
   * @param event - what happened
   */
  announce(event: SoftDeleteEvent): void;
}
