import { NestarcError } from '@nestarc/core';

/** Thrown when there is no row to restore or to delete for good. */
export class RecordNotFoundError extends NestarcError {
  /** @param model - name of the model */
  constructor(readonly model: string) {
    super(`There is no such ${model}`, { code: 'SOFT_DELETE_RECORD_NOT_FOUND', status: 404 });
  }
}

/** Thrown when the row to restore is not deleted. */
export class RecordNotDeletedError extends NestarcError {
  /** @param model - name of the model */
  constructor(readonly model: string) {
    super(`The ${model} is not deleted`, { code: 'SOFT_DELETE_RECORD_NOT_DELETED', status: 409 });
  }
}

/** Thrown when a row would be restored under a parent that stays deleted, by a relation that cascades. Nothing is restored. */
export class ParentDeletedError extends NestarcError {
  /**
   * @param model - name of the model
   * @param relation - its relation to the parent; absent where PostgreSQL refused, which does not tell
   * @param options - what led to it
   */
  constructor(
    readonly model: string,
    readonly relation?: string,
    options: { readonly cause?: unknown } = {},
  ) {
    const parent = relation === undefined ? 'a parent of it' : `its ${relation}`;
    super(`The ${model} cannot be restored while ${parent} is deleted: restore that first`, {
      code: 'SOFT_DELETE_PARENT_DELETED',
      status: 409,
      cause: options.cause,
    });
  }
}

/** Thrown when an active row has taken the place of the one to restore. Nothing is restored. */
export class RestoreConflictError extends NestarcError {
  /**
   * @param model - name of the model
   * @param fields - fields whose values are taken; none where PostgreSQL does not tell
   * @param options - what led to it
   */
  constructor(
    readonly model: string,
    readonly fields: readonly string[],
    options: { readonly cause?: unknown } = {},
  ) {
    const which = fields.length === 0 ? 'a unique field' : fields.join(', ');
    super(`The ${model} cannot be restored: another one has the same ${which}`, {
      code: 'SOFT_DELETE_RESTORE_CONFLICT',
      status: 409,
      cause: options.cause,
    });
  }
}

/** Thrown when a filter finds several rows where one is meant. Nothing is changed. */
export class RecordAmbiguousError extends NestarcError {
  /** @param model - name of the model */
  constructor(readonly model: string) {
    super(`The filter finds several rows of ${model}, and one is meant: name it by its key`, {
      code: 'SOFT_DELETE_RECORD_AMBIGUOUS',
      status: 409,
    });
  }
}
