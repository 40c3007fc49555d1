/** What events of deletions and restorations tell besides what they always tell. */
export interface SoftDeleteEventDetails {
  /** The deletion that the rows belong to: a UUID that all its rows share. Absent for models without such a field. */
  readonly deletionId?: string | undefined;
  /** Primary keys of the rows, where they are known without a query. */
  readonly ids?: readonly object[] | undefined;
  /** The model whose rows took these along, for rows that were reached by a cascade. */
  readonly cause?: string | undefined;
}

/** What was said about which rows: the `where` of the call. */
export type EventWhere = Readonly<Record<string, unknown>>;
