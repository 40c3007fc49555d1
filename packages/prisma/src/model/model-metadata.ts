import { internalsOf, type RuntimeModel } from '../client/client-internals';

/** What the generated client knows about the schema. */
export class ModelMetadata {
  readonly #models: Readonly<Record<string, RuntimeModel>>;

  constructor(models: Readonly<Record<string, RuntimeModel>>) {
    this.#models = models;
  }

  /**
   * Reads the metadata of a client.
   *
   * @param client - a Prisma client, extended or not
   * @throws PrismaInternalsError when the client is none
   */
  static of(client: unknown): ModelMetadata {
    return new ModelMetadata(internalsOf(client)._runtimeDataModel.models);
  }

  /** Names of all models, as the schema spells them. */
  get names(): readonly string[] {
    return Object.keys(this.#models);
  }

  /**
   * Tells whether the schema has a model.
   *
   * @param model - name of the model
   */
  has(model: string): boolean {
    return Object.hasOwn(this.#models, model);
  }

  /**
   * Finds the table of a model.
   *
   * @param model - name of the model
   * @returns the table's name, or `undefined` when the schema has no such model
   */
  tableOf(model: string): string | undefined {
    return this.has(model) ? (this.#models[model]?.dbName ?? model) : undefined;
  }

  /**
   * Finds a scalar field by the name of the field or of its column.
   *
   * @param model - name of the model
   * @param fieldOrColumn - `tenantId`, or `tenant_id` of a field `tenantId @map("tenant_id")`
   * @returns the field's name, or `undefined` when the model has none such
   */
  findField(model: string, fieldOrColumn: string): string | undefined {
    const fields = this.#models[model]?.fields.filter((field) => field.kind !== 'object') ?? [];
    const byName = fields.find((field) => field.name === fieldOrColumn);
    return (byName ?? fields.find((field) => field.dbName === fieldOrColumn))?.name;
  }
}
