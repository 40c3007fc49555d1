import { NestarcError } from '@nestarc/core';

/** What went wrong with the embedded server. */
export type EmbeddedPostgresErrorCode =
  | 'EMBEDDED_POSTGRES_FAILED'
  | 'EMBEDDED_POSTGRES_BINARIES_MISSING'
  | 'EMBEDDED_POSTGRES_ACCOUNT_MISSING'
  | 'EMBEDDED_POSTGRES_DIRECTORY_IN_USE'
  | 'EMBEDDED_POSTGRES_DIRECTORY_UNUSABLE'
  | 'EMBEDDED_POSTGRES_PORT_IN_USE'
  | 'EMBEDDED_POSTGRES_VERSION_MISMATCH'
  | 'EMBEDDED_POSTGRES_PLATFORM_UNSUPPORTED';

/** Thrown when the embedded server cannot be started, stopped or prepared; `code` says why. */
export class EmbeddedPostgresError extends NestarcError {
  declare readonly code: EmbeddedPostgresErrorCode;

  constructor(code: EmbeddedPostgresErrorCode, message: string, cause?: unknown) {
    super(message, { code, cause });
  }
}
