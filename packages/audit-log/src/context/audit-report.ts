import type { AuditErrorContext, AuditLogger, AuditReportingOptions } from '../options/audit-reporting.options';

const PREFIX = '[@nestarc/audit-log]';

/** For code that runs without Nest. */
export const WARNINGS: AuditLogger = Object.freeze({
  warn: (message: string) => process.emitWarning(message, 'NestarcWarning'),
  error: (message: string) => process.emitWarning(message, 'NestarcWarning'),
});

/**
 * Tells whoever wants to know of a failure; never throws.
 *
 * @param options - who is told
 * @param error - what was thrown
 * @param context - see {@link AuditErrorContext}
 */
export function reportAuditError(
  { onAuditError, logger = WARNINGS }: Pick<AuditReportingOptions, 'onAuditError' | 'logger'>,
  error: unknown,
  context: AuditErrorContext,
): void {
  try {
    if (onAuditError === undefined) logger.error(`${PREFIX} failed in phase "${context.phase}"`, error);
    else onAuditError(error, context);
  } catch (broken) {
    logBroken(logger, broken);
  }
}

/**
 * Says what should be looked at.
 *
 * @param logger - who takes it
 * @param message - what it is
 */
export const warnOfAudit = (logger: AuditLogger | undefined, message: string): void =>
  (logger ?? WARNINGS).warn(`${PREFIX} ${message}`);

function logBroken(logger: AuditLogger, error: unknown): void {
  try {
    logger.error(`${PREFIX} onAuditError has failed itself`, error);
  } catch {
    // The application's logger is broken: there is nothing left to say it with.
  }
}
