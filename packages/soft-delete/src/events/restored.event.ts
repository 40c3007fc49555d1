import type { EventWhere, SoftDeleteEventDetails } from './event-details';

/** Rows of a model were restored, and that was committed. One event for each model that a restoration brought back rows of. */
export class RestoredEvent {
  /** Its name. */
  static readonly EVENT_NAME = 'soft-delete.restored';
  /** The deletion that had taken the rows, a UUID; absent for models without such a field, and where there were several. */
  readonly deletionId: string | undefined;
  /** Primary keys of the rows, where they are known without a query. */
  readonly ids: readonly object[] | undefined;
  /** The model whose rows brought these back; absent for the rows that were asked for. */
  readonly cause: string | undefined;

  /**
   * @param model - name of the model
   * @param where - what was asked for; absent for rows that came back with their parent
   * @param actorId - who asked. Defaults to nobody
   * @param count - how many rows
   * @param details - see {@link SoftDeleteEventDetails}
   */
  constructor(
    readonly model: string,
    readonly where: EventWhere | undefined,
    readonly actorId: string | null = null,
    readonly count?: number,
    details: SoftDeleteEventDetails = {},
  ) {
    this.deletionId = details.deletionId;
    this.ids = details.ids;
    this.cause = details.cause;
  }
}
