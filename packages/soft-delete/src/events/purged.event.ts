/** What events of purges tell besides what they always tell. */
export interface PurgedEventDetails {
  /** Who asked. Defaults to nobody. */
  readonly actorId?: string | null | undefined;
}

/** Deleted rows of a model were removed for good, and that was committed. One event for each model. */
export class PurgedEvent {
  /** Its name. */
  static readonly EVENT_NAME = 'soft-delete.purged';
  /** Who asked, null for nobody. */
  readonly actorId: string | null;

  /**
   * @param model - name of the model
   * @param count - how many rows
   * @param olderThan - the rows were deleted before this
   * @param details - see {@link PurgedEventDetails}
   */
  constructor(
    readonly model: string,
    readonly count: number,
    readonly olderThan: Date,
    details: PurgedEventDetails = {},
  ) {
    this.actorId = details.actorId ?? null;
  }
}
