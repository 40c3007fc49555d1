/** Where something failed that the audit log does. Capture has no phase: it fails the statement that it is part of. */
export type AuditErrorPhase = 'pre-read' | 'insert' | 'post-read' | 'tenant-resolution' | 'context';

/** What is known about a failure. */
export interface AuditErrorContext {
  /** Where it failed: `context` when it was asked who acts, `tenant-resolution` where there is no tenant. */
  readonly phase: AuditErrorPhase;
  /** Name of the model, where it is about one. */
  readonly model?: string | undefined;
  /** Name of the operation, where it is about one. */
  readonly operation?: string | undefined;
}

/** Takes what nobody else is told. */
export interface AuditLogger {
  /**
   * Takes what should be looked at.
   *
   * @param message - what it is
   * @param details - what belongs to it
   */
  warn(message: string, ...details: unknown[]): void;
  /**
   * Takes what has failed.
   *
   * @param message - what has
   * @param details - what belongs to it
   */
  error(message: string, ...details: unknown[]): void;
}

/** Who is told of failures. */
export interface AuditReportingOptions {
  /**
   * Told of failures, instead of the logger. Defaults to nobody.
   *
   * @param error - what was thrown
   * @param context - see {@link AuditErrorContext}
   */
  readonly onAuditError?: ((error: unknown, context: AuditErrorContext) => void) | undefined;
  /** Takes warnings, and failures that nobody else is told of. Defaults to the logger of Nest, or `process.emitWarning`. */
  readonly logger?: AuditLogger | undefined;
}
