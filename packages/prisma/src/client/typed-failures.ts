import { isNestarcError } from '@nestarc/core';
import { CrossTenantWriteError, databaseErrorFor, SqlState } from '@nestarc/postgres';
import type { ClientInternals } from './client-internals';

/**
 * Lets typed errors reach the caller. Prisma rebuilds every error that has a `code` as its own error class, so an error of
 * the pool would lose its type; and SQLSTATEs it has no code for arrive as untyped driver errors.
 *
 * @param client - internals of the client
 */
export function passTypedFailures(client: ClientInternals): void {
  const handler = client._requestHandler;
  const handle = handler.handleRequestError.bind(handler);
  handler.handleRequestError = (failure) => {
    const typed = typedFailure(failure.error);
    if (typed !== undefined) throw typed;
    handle(failure);
  };
}

/**
 * Recognises a failure that has a typed error of ours.
 *
 * @param error - what the engine or the driver reports
 * @returns the typed error, or `undefined` when Prisma's own error says it better
 */
export function typedFailure(error: unknown): Error | undefined {
  if (isNestarcError(error)) return error;
  const sqlState = sqlStateOf(error);
  if (sqlState === SqlState.insufficientPrivilege && isRefusedByPolicy(error)) {
    return new CrossTenantWriteError({ cause: error });
  }
  return sqlState === undefined ? undefined : databaseErrorFor(sqlState, error);
}

/** A pool of ours tells a policy's refusal from a missing grant by the server's routine; elsewhere there is only the text. */
function isRefusedByPolicy(error: unknown): boolean {
  const { message, meta } = error as DriverFailure;
  return /row-level security/.test(`${String(message)} ${String(meta?.message)}`);
}

/**
 * Finds the SQLSTATE in a failure: the driver adapter reports `{ cause: { originalCode } }`, and errors of Prisma carry it
 * under `meta.driverAdapterError`.
 *
 * @param error - what the engine or the driver reports
 */
export function sqlStateOf(error: unknown): string | undefined {
  const { cause, meta, message } = (error ?? {}) as DriverFailure;
  return codeOf(cause) ?? codeOf(meta?.driverAdapterError?.cause) ?? codeIn(message);
}

interface DriverCause {
  readonly kind?: unknown;
  readonly originalCode?: unknown;
  readonly code?: unknown;
}

interface DriverFailure {
  readonly message?: unknown;
  readonly cause?: DriverCause;
  readonly meta?: { readonly message?: unknown; readonly driverAdapterError?: { readonly cause?: DriverCause } };
}

function codeOf(cause: DriverCause | undefined): string | undefined {
  if (typeof cause !== 'object' || cause === null || typeof cause.kind !== 'string') return undefined;
  const code = cause.originalCode ?? cause.code;
  return typeof code === 'string' ? code : undefined;
}

/** The engines of Prisma 5 and 6 that bring their own driver put the error of PostgreSQL into the text of theirs. */
function codeIn(message: unknown): string | undefined {
  return typeof message === 'string' ? /PostgresError \{ code: "([0-9A-Z]{5})"/.exec(message)?.[1] : undefined;
}
