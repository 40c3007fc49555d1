import { InvalidOptionsError } from '@nestarc/core';

/** Thrown for a model that cannot be audited: nothing tells its rows apart. */
export class AuditPrimaryKeyMissingError extends InvalidOptionsError {
  /**
   * @param models - names of the models
   * @param path - path of the option that asks for them
   */
  constructor(
    readonly models: readonly string[],
    path: string,
  ) {
    super(
      'auditSql',
      models.map((model) => ({
        path,
        message: `the model ${model} has no primary key, so that its rows cannot be told apart: give it @id or @@id, or, if it is a view or need not be audited, name it in ignoredModels`,
      })),
    );
  }
}

/** Thrown for an option that names a model which the schema does not have. */
export class AuditModelUnknownError extends InvalidOptionsError {
  /** @param unknown - paths of the options, and the names they give */
  constructor(readonly unknown: readonly { readonly path: string; readonly model: string }[]) {
    super(
      'auditSql',
      unknown.map(({ path, model }) => ({ path, message: `the schema has no model ${model}` })),
    );
  }
}
