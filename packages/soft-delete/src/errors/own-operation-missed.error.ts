import { NestarcError } from '@nestarc/core';

/** Thrown when a query extension of the application put something else in the place of a lookup. Nothing was changed. */
export class OwnOperationMissedError extends NestarcError {
  /** @param model - name of the model */
  constructor(readonly model: string) {
    super(
      `A query extension answers ${model}.findMany in place of the database: have it call query(args) for rows to be restored or removed`,
      { code: 'SOFT_DELETE_LOOKUP_MISSED' },
    );
  }
}
