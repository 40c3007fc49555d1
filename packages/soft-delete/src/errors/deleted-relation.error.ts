import { NestarcError } from '@nestarc/core';

/** Thrown for a required relation to a row that is deleted, with the option `deletedToOne: 'error'`. */
export class DeletedRelationError extends NestarcError {
  /**
   * @param model - model of the row that was read
   * @param relation - its relation to the deleted row
   */
  constructor(
    readonly model: string,
    readonly relation: string,
  ) {
    super(
      `${model}.${relation} leads to a row that is deleted; ask for it with withDeleted(), or set deletedToOne to 'null'`,
      { code: 'SOFT_DELETE_RELATION_DELETED', status: 409 },
    );
  }
}
