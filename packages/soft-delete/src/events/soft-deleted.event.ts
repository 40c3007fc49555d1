import type { EventWhere, SoftDeleteEventDetails } from './event-details';

/** Rows of a model were deleted softly, and that was committed. One event for each model that a deletion took rows of. */
export class SoftDeletedEvent {
  /** Its name. */
  static readonly EVENT_NAME = 'soft-delete.deleted';
  /** The deletion that the rows belong to, a UUID; absent for models without such a field. */
  readonly deletionId: string | undefined;
  /** Primary keys of the rows, where they are known without a query. */
  readonly ids: readonly object[] | undefined;
  /** The model whose rows took these along; absent for the rows that were asked for. */
  readonly cause: string | undefined;

  /**
   * @param model - name of the model
   * @param where - what was asked for; absent for rows that were reached by a cascade
   * @param deletedAt - when, the same for all rows of the deletion
   * @param actorId - who asked. Defaults to nobody
   * @param count - how many rows
   * @param details - see {@link SoftDeleteEventDetails}
   */
  constructor(
    readonly model: string,
    readonly where: EventWhere | undefined,
    readonly deletedAt: Date,
    readonly actorId: string | null = null,
    readonly count?: number,
    details: SoftDeleteEventDetails = {},
  ) {
    this.deletionId = details.deletionId;
    this.ids = details.ids;
    this.cause = details.cause;
  }
}
