import { NestarcError } from '@nestarc/core';

/** Why a row cannot be brought back to what it was. */
export type AuditRevertObstacle =
  'changed' | 'exists' | 'referenced' | 'redacted' | 'truncated' | 'suppressed' | 'unknown' | 'constraint';

/** A row that cannot be brought back. */
export interface AuditRevertConflict {
  /** Its model. */
  readonly model: string | null;
  /** Its primary key, as text. */
  readonly targetId: string | null;
  /**
   * `changed` since, or gone; there is one of that key again (`exists`); others refer to it (`referenced`); what it was is not
   * recorded (`redacted`, `truncated`, `suppressed`); the schema does not know the table or a column any more (`unknown`);
   * PostgreSQL refuses it (`constraint`).
   */
  readonly obstacle: AuditRevertObstacle;
}

/** Thrown when a request cannot be undone; nothing was. */
export class AuditRevertConflictError extends NestarcError {
  /**
   * @param requestId - the request
   * @param conflicts - the rows that stand in the way
   * @param cause - what PostgreSQL says
   */
  constructor(
    readonly requestId: string,
    readonly conflicts: readonly AuditRevertConflict[],
    cause?: unknown,
  ) {
    const rows = conflicts.map(({ model, targetId, obstacle }) => `${String(model)} ${String(targetId)} (${obstacle})`);
    const shown = rows.slice(0, 10).join(', ') + (rows.length > 10 ? ` and ${rows.length - 10} more` : '');
    super(`The request ${requestId} cannot be undone, and nothing of it was: ${shown}`, {
      code: 'AUDIT_REVERT_CONFLICT',
      status: 409,
      cause,
    });
  }
}

/** Thrown when no change of a request can be seen. */
export class AuditRequestNotFoundError extends NestarcError {
  /** @param requestId - the request */
  constructor(readonly requestId: string) {
    super(`No changes of the request ${requestId} are recorded for this tenant`, {
      code: 'AUDIT_REQUEST_NOT_FOUND',
      status: 404,
    });
  }
}
