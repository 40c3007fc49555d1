import { NestarcError } from '@nestarc/core';
import { SqlState } from './sql-state';

/** What a SQLSTATE means to a caller. */
interface Classification {
  readonly code: string;
  readonly status: number;
  readonly retryable: boolean;
  readonly message: string;
}

const busy = (code: string, message: string): Classification => ({ code, status: 503, retryable: true, message });

/** Pinned by a table test: changing a line changes what callers are told. */
const CLASSIFICATIONS: Readonly<Record<string, Classification>> = Object.freeze({
  [SqlState.insufficientPrivilege]: {
    code: 'INSUFFICIENT_PRIVILEGE',
    status: 403,
    retryable: false,
    message: 'The database role may not do this',
  },
  [SqlState.lockNotAvailable]: busy('LOCK_NOT_AVAILABLE', 'A lock could not be had in time'),
  [SqlState.queryCanceled]: busy('QUERY_CANCELED', 'The statement was canceled or ran into its time limit'),
  [SqlState.adminShutdown]: busy('DATABASE_UNAVAILABLE', 'The database closed the connection'),
  [SqlState.crashShutdown]: busy('DATABASE_UNAVAILABLE', 'The database closed the connection'),
  [SqlState.cannotConnectNow]: busy('DATABASE_UNAVAILABLE', 'The database does not accept connections now'),
  [SqlState.tooManyConnections]: busy('DATABASE_UNAVAILABLE', 'The database has no connection left'),
});

/** A failure of the database itself, told by SQLSTATE. */
export class DatabaseError extends NestarcError {
  /** The five-character SQLSTATE. */
  readonly sqlState: string;
  /** Whether the same statement may succeed when tried again. */
  readonly retryable: boolean;

  constructor(sqlState: string, classification: Classification, cause: unknown) {
    super(classification.message, { code: classification.code, status: classification.status, cause });
    this.sqlState = sqlState;
    this.retryable = classification.retryable;
  }
}

/**
 * Turns a SQLSTATE into the typed error that stands for it.
 *
 * @param sqlState - the five-character code
 * @param cause - the driver's error
 * @returns the error, or `undefined` for codes that other layers report well, such as constraint violations
 */
export function databaseErrorFor(sqlState: string, cause: unknown): DatabaseError | undefined {
  const classification = CLASSIFICATIONS[sqlState];
  return classification === undefined ? undefined : new DatabaseError(sqlState, classification, cause);
}
