import { TenantContextMissingError } from '@nestarc/core';

/** Thrown when a Prisma operation that needs a tenant is called outside of any tenant's context; no SQL was sent. */
export class TenancyContextRequiredError extends TenantContextMissingError {
  /** Model of the operation; absent for raw SQL. */
  readonly model: string | undefined;
  /** Name of the operation, such as `findMany` or `$queryRaw`. */
  readonly operation: string;

  constructor(model: string | undefined, operation: string) {
    const call = model === undefined ? operation : `${model}.${operation}`;
    super(
      `${call} needs a tenant, and there is no tenant context. Run it inside a request or runAs(), or, if it is meant to ` +
        'run without one, in withoutTenant() or on a model listed in sharedModels.',
      'TENANT_CONTEXT_REQUIRED',
    );
    this.model = model;
    this.operation = operation;
  }

  /** The fields that are safe to log. */
  toJSON(): { name: string; message: string; model: string | undefined; operation: string } {
    return { name: this.name, message: this.message, model: this.model, operation: this.operation };
  }
}
