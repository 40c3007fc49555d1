import { type CustomDecorator, SetMetadata } from '@nestjs/common';
import { AUDIT_ACTION_KEY, AUDIT_REASON_KEY, NO_AUDIT_KEY } from './audit-log.tokens';

/**
 * Has a handler, or every handler of a controller, recorded by markers alone: one for each statement, which counts its rows.
 * Models of `alwaysAuditedModels` are recorded whole in any case.
 */
export function NoAudit(): CustomDecorator {
  return SetMetadata(NO_AUDIT_KEY, true);
}

/**
 * Names what a handler, or every handler of a controller, does. Its entries go by that name; what was done stays in `op`.
 *
 * @param action - the name, such as `invitation.accepted`
 */
export function AuditAction(action: string): CustomDecorator {
  return SetMetadata(AUDIT_ACTION_KEY, action);
}

/**
 * Says why a handler, or every handler of a controller, does what it does.
 *
 * @param reason - why
 */
export function AuditReason(reason: string): CustomDecorator {
  return SetMetadata(AUDIT_REASON_KEY, reason);
}
