import { InvalidOptionsError, NestarcError } from '@nestarc/core';

/** Thrown at boot for a soft-deletable model without one of the fields it needs. */
export class SoftDeleteFieldMissingError extends InvalidOptionsError {
  /**
   * @param model - name of the model
   * @param field - name of the field
   * @param path - path of the option that names it
   * @param detail - what is expected. Defaults to saying that there is no such field
   */
  constructor(
    readonly model: string,
    readonly field: string,
    path = 'softDeleteModels',
    detail = `the model ${model} has no field "${field}"`,
  ) {
    super('createPrismaSoftDeleteExtension', [{ path, message: detail }]);
  }
}

/** Thrown at boot for a cascade to a model that does not refer to its parent. */
export class CascadeRelationNotFoundError extends InvalidOptionsError {
  /**
   * @param parent - name of the parent
   * @param child - the child as the option names it
   * @param path - path of the option that names it
   */
  constructor(
    readonly parent: string,
    readonly child: string,
    path = `cascade.${parent}`,
  ) {
    const message = `"${child}" has no foreign key to ${parent}; name a child model, or one of its relations as "Child.field"`;
    super('createPrismaSoftDeleteExtension', [{ path, message }]);
  }
}

/** Kept for code that catches it; never thrown, because the schema is read from the client itself. */
export class CascadeDmmfMissingError extends NestarcError {
  constructor() {
    super('cascade needs the data model', { code: 'SOFT_DELETE_DMMF_MISSING' });
  }
}

/** Kept for code that catches it; never thrown, because the schema is read from the client itself. */
export class RelationDmmfMissingError extends NestarcError {
  constructor() {
    super('relationFilters need the data model', { code: 'SOFT_DELETE_DMMF_MISSING' });
  }
}
