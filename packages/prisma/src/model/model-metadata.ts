import { internalsOf, type ClientInternals, type RuntimeModel } from '../client/client-internals';
import type { ModelInfo } from './model-info';
import { schemaModels } from './schema.models';

/** What the generated client knows about the schema. */
export class ModelMetadata {
  readonly #internals: ClientInternals;

  private constructor(internals: ClientInternals) {
    this.#internals = internals;
  }

  /**
   * Reads the metadata of a client.
   *
   * @param client - a Prisma client, extended or not
   * @throws PrismaInternalsError when the client is none
   */
  static of(client: unknown): ModelMetadata {
    return new ModelMetadata(internalsOf(client));
  }

  /** Names of all models, as the schema spells them. */
  get names(): readonly string[] {
    return Object.keys(this.#models);
  }

  /**
   * Describes a model or view with its keys and relations, from the schema text that the client carries.
   *
   * @param model - name of the model
   * @returns the description, the same object each time; `undefined` when the schema has no such model
   * @throws PrismaInternalsError when the text is missing, cannot be read, or disagrees with what the client works by
   */
  model(model: string): ModelInfo | undefined {
    return schemaModels(this.#internals).get(model);
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

  get #models(): Readonly<Record<string, RuntimeModel>> {
    return this.#internals._runtimeDataModel.models;
  }
}
