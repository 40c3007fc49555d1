import { NestarcError } from '@nestarc/core';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { catchError, type Observable } from 'rxjs';

/** Thrown for a row that is not there, or not there for this tenant: the two cannot be told apart. */
export class RecordNotFoundError extends NestarcError {
  constructor(options: { readonly cause?: unknown } = {}) {
    super('The record does not exist', { code: 'RECORD_NOT_FOUND', status: 404, cause: options.cause });
  }
}

/** Thrown for a row that others refer to, or whose unique value is taken. */
export class RecordConflictError extends NestarcError {
  constructor(options: { readonly cause?: unknown } = {}) {
    super('The record conflicts with another', { code: 'RECORD_CONFLICT', status: 409, cause: options.cause });
  }
}

const NOT_FOUND = ['P2001', 'P2015', 'P2018', 'P2025'];
const FOREIGN_KEY = 'P2003';
const UNIQUE = 'P2002';

/**
 * Answers what Prisma reports about rows: 404 for one that is not there and for a reference to one that is not there, 409 for
 * one that is referred to or whose unique value is taken. Everything else passes. A row of another tenant is one that is not
 * there.
 */
@Injectable()
export class PrismaErrorsInterceptor implements NestInterceptor {
  /**
   * Called by Nest around a handler.
   *
   * @param _execution - what Nest is about to run
   * @param next - runs it
   */
  intercept(_execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      catchError((error: unknown) => {
        throw recordError(error) ?? error;
      }),
    );
  }
}

function recordError(error: unknown): NestarcError | undefined {
  const { code, clientVersion } = (error ?? {}) as { code?: unknown; clientVersion?: unknown };
  if (typeof code !== 'string' || typeof clientVersion !== 'string') return undefined;
  if (NOT_FOUND.includes(code)) return new RecordNotFoundError({ cause: error });
  if (code === UNIQUE) return new RecordConflictError({ cause: error });
  if (code !== FOREIGN_KEY) return undefined;
  return isReferredTo(error) ? new RecordConflictError({ cause: error }) : new RecordNotFoundError({ cause: error });
}

/** Prisma has one code for "refers to nothing" and "is referred to"; PostgreSQL's own words tell them apart. */
function isReferredTo(error: unknown): boolean {
  const { meta } = error as { meta?: { driverAdapterError?: { cause?: { originalMessage?: unknown } } } };
  return /^update or delete on table/.test(String(meta?.driverAdapterError?.cause?.originalMessage));
}
