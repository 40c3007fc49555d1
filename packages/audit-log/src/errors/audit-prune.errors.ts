import { NestarcError } from '@nestarc/core';

/** Thrown when the role of the client may not remove entries. */
export class AuditPruneForbiddenError extends NestarcError {
  /** @param cause - what PostgreSQL says */
  constructor(cause: unknown) {
    super(
      'The role of this client may not remove entries: pass client, a Prisma client of the owner of the audit table, or of one of the prunerRoles of auditSql',
      { code: 'AUDIT_PRUNE_FORBIDDEN', status: 403, cause },
    );
  }
}

/** Thrown when entries are to be removed that somebody who reads them in their order has not got to. */
export class AuditCheckpointBehindError extends NestarcError {
  /** @param partition - the partition or table that they are in */
  constructor(readonly partition: string) {
    super(
      `Entries in ${partition} are to be removed that one of requiredCheckpoints has not got to; nothing of it was removed`,
      { code: 'AUDIT_CHECKPOINT_BEHIND', status: 409 },
    );
  }
}
