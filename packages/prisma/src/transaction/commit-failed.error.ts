import { NestarcError } from '@nestarc/core';

interface Classification {
  readonly code: string;
  readonly status: number;
  readonly outcome: 'rolled-back' | 'unknown';
  readonly retryable: boolean;
  readonly message: string;
}

const CONSTRAINT: Classification = {
  code: 'COMMIT_CONSTRAINT_VIOLATED',
  status: 409,
  outcome: 'rolled-back',
  retryable: false,
  message: 'A constraint that is checked at the end of the transaction does not hold; nothing was written',
};

const SERIALIZATION: Classification = {
  code: 'SERIALIZATION_FAILURE',
  status: 503,
  outcome: 'rolled-back',
  retryable: true,
  message: 'The transaction lost against another one at the same time; nothing was written, and it may be tried again',
};

const UNKNOWN: Classification = {
  code: 'TRANSACTION_OUTCOME_UNKNOWN',
  status: 503,
  outcome: 'unknown',
  retryable: false,
  message: 'The connection broke during COMMIT: the transaction may have been written or not',
};

const OTHER: Classification = {
  code: 'COMMIT_FAILED',
  status: 500,
  outcome: 'rolled-back',
  retryable: false,
  message: 'PostgreSQL refused to commit; nothing was written',
};

/** Thrown when all work of a transaction succeeded and COMMIT did not. */
export class CommitFailedError extends NestarcError {
  /** What became of the work: `unknown` when the connection broke before PostgreSQL had answered. */
  readonly outcome: 'rolled-back' | 'unknown';
  /** Whether the same transaction may succeed when it is run again. */
  readonly retryable: boolean;

  constructor(sqlState: string | undefined, cause: unknown) {
    const { message, code, status, outcome, retryable } = classify(sqlState);
    super(message, { code, status, cause });
    this.outcome = outcome;
    this.retryable = retryable;
  }
}

/** Without a SQLSTATE there was no answer; class 57P is a server that went away while it worked on one. */
function classify(sqlState: string | undefined): Classification {
  if (sqlState === undefined || sqlState.startsWith('57P') || sqlState.startsWith('08')) return UNKNOWN;
  if (sqlState.startsWith('40')) return SERIALIZATION;
  return sqlState.startsWith('23') ? CONSTRAINT : OTHER;
}
