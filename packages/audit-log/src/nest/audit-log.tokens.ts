/** Injection token of the resolved options of `AuditLogModule`. */
export const AUDIT_LOG_OPTIONS: symbol = Symbol.for('@nestarc/audit-log/AUDIT_LOG_OPTIONS');

/** Metadata key under which `@NoAudit()` leaves its mark. */
export const NO_AUDIT_KEY = 'NO_AUDIT';

/** Metadata key under which `@AuditAction()` leaves its name. */
export const AUDIT_ACTION_KEY = 'AUDIT_ACTION';

/** Metadata key under which `@AuditReason()` leaves its text. */
export const AUDIT_REASON_KEY = 'AUDIT_REASON';
