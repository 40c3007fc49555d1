import { NestarcError } from '@nestarc/core';

/** Thrown with the option `deletedUpsert: 'error'` when the row that an upsert names is deleted. Nothing is written. */
export class DeletedRecordError extends NestarcError {
  /** @param model - name of the model */
  constructor(readonly model: string) {
    super(`The ${model} exists, and is deleted: restore it first`, { code: 'SOFT_DELETE_RECORD_DELETED', status: 409 });
  }
}
