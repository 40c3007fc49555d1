/** How a field was before and after; what was not there before, or is not there after, is left out. */
export interface AuditChange {
  /** Value before; `{ redacted: true }` in place of one that is never recorded. */
  readonly before?: unknown;
  /** Value after. */
  readonly after?: unknown;
}

/** A row as JSON, by field where the schema knows the column. */
export type AuditImage = Readonly<Record<string, unknown>>;

/** An entry of the audit log. */
export interface AuditEntry {
  /** Its id. */
  readonly id: string;
  /** Whose it is. */
  readonly tenantId: string | null;
  /** Who did it. */
  readonly actorId: string | null;
  /** What kind of actor that is. */
  readonly actorType: string;
  /** Where the actor came from. */
  readonly actorIp: string | null;
  /** What was done, in the words of the application. */
  readonly action: string;
  /** Model that it was done to. */
  readonly targetType: string | null;
  /** Primary key of the row, as text; a JSON array of texts where the key has several fields. */
  readonly targetId: string | null;
  /** Whether PostgreSQL wrote the entry, or the application. */
  readonly source: 'auto' | 'manual';
  /** What changed, by field. `null` where an entry is about no row. */
  readonly changes: Readonly<Record<string, AuditChange>> | null;
  /** What else is known. */
  readonly metadata: Readonly<Record<string, unknown>> | null;
  /** How it went: `success` or `failure`. */
  readonly result: string;
  /** When. */
  readonly createdAt: Date;
  /** What was done to the row, whatever the action is called. */
  readonly op: 'insert' | 'update' | 'delete' | 'truncate' | null;
  /** The primary key, by field. */
  readonly record: AuditImage | null;
  /** The whole row before. */
  readonly before: AuditImage | null;
  /** The whole row after. */
  readonly after: AuditImage | null;
  /** The request that it was done in. */
  readonly requestId: string | null;
  /** What the request belongs to. */
  readonly correlationId: string | null;
  /** On whose behalf the actor did it. */
  readonly onBehalfOf: unknown;
  /** Why. */
  readonly reason: string | null;
  /** Operation that it was part of, such as the soft deletion of a row and what hangs on it. */
  readonly operationId: string | null;
}
