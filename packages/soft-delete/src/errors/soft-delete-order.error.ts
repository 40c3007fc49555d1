import { NestarcError } from '@nestarc/core';

/** Thrown for an order by a relation whose deleted rows would have a part in it. */
export class SoftDeleteOrderError extends NestarcError {
  /**
   * @param path - where the order stands: `User.orderBy.posts`
   * @param model - the model whose rows may be deleted
   */
  constructor(
    readonly path: string,
    readonly model: string,
  ) {
    super(
      `${path} orders by rows of ${model}, deleted ones among them: see these with withDeleted(), order by a field of the ` +
        `model itself, or let PostgreSQL hide deleted rows with enforcement 'database', and do without a cursor`,
      { code: 'SOFT_DELETE_ORDER_UNSUPPORTED' },
    );
  }
}
