import { NestarcError } from '@nestarc/core';

/** Thrown when entries of one tenant are asked for in the context of another. */
export class AuditTenantMismatchError extends NestarcError {
  constructor() {
    super(
      'Entries of another tenant than that of the running request are asked for: read them where no tenant is in the context, or leave tenantId out',
      { code: 'AUDIT_TENANT_MISMATCH', status: 403 },
    );
  }
}

/** Thrown when entries of all tenants are asked for and nobody is there who may read them. */
export class AuditorRequiredError extends NestarcError {
  /** @param reason - what is missing */
  constructor(reason: 'client' | 'role') {
    super(
      reason === 'client'
        ? 'Entries of all tenants are read by auditors only: pass auditorPrisma, a Prisma client of one of the auditorRoles of auditSql'
        : 'The role that auditorPrisma is connected as is none of the auditorRoles of auditSql, and would be shown no entries',
      { code: 'AUDIT_AUDITOR_REQUIRED', status: 403 },
    );
  }
}

/** Thrown for a cursor or checkpoint that none of the readings has given out. */
export class AuditCursorInvalidError extends NestarcError {
  /** @param name - name of the option it was passed as */
  constructor(name: string) {
    super(`invalid cursor: ${name} is none that a reading of the audit log has given out`, {
      code: 'AUDIT_CURSOR_INVALID',
      status: 400,
    });
  }
}
