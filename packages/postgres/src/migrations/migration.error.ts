import { NestarcError } from '@nestarc/core';

/** Why a migration run was refused or failed. */
export type MigrationErrorCode =
  | 'MIGRATION_DIRECTORY_UNREADABLE'
  | 'MIGRATION_NAME_INVALID'
  | 'MIGRATION_NAME_DUPLICATE'
  | 'MIGRATION_CHANGED'
  | 'MIGRATION_FILE_MISSING'
  | 'MIGRATION_FAILED_EARLIER'
  | 'MIGRATION_FAILED'
  | 'MIGRATION_LOCK_TIMEOUT';

/** Where and why a migration went wrong. */
export interface MigrationErrorDetails {
  /** What programs branch on. */
  readonly code: MigrationErrorCode;
  /** Path of the file, when one is to blame. */
  readonly file?: string | undefined;
  /** Line in the file, from 1. */
  readonly line?: number | undefined;
  /** Five-character code of PostgreSQL. */
  readonly sqlState?: string | undefined;
  /** The error that led to this one. */
  readonly cause?: unknown;
}

/** Thrown by the migration runner; `code` says why, `file` and `line` say where. */
export class MigrationError extends NestarcError {
  declare readonly code: MigrationErrorCode;
  /** Path of the file, when one is to blame. */
  readonly file: string | undefined;
  /** Line in the file, from 1. */
  readonly line: number | undefined;
  /** Five-character code of PostgreSQL. */
  readonly sqlState: string | undefined;

  constructor(message: string, details: MigrationErrorDetails) {
    super(message, { code: details.code, cause: details.cause });
    this.file = details.file;
    this.line = details.line;
    this.sqlState = details.sqlState;
  }
}
