import type { ModelMetadata } from '@nestarc/prisma';
import type { AuditImage } from './audit-entry';

/** Tells the fields of models from the columns of their tables. */
export class FieldNames {
  readonly #known = new Map<string, ReadonlyMap<string, string> | undefined>();

  /** @param metadata - the schema */
  constructor(readonly metadata: ModelMetadata) {}

  /**
   * Gives an image by field; columns that the schema does not know keep their names.
   *
   * @param model - what entries call the table
   * @param image - the image, by column
   */
  ofImage(model: string | null, image: AuditImage | null): AuditImage | null {
    const names = model === null || image === null ? undefined : this.#mapped(model);
    if (names === undefined || image === null) return image;
    return Object.fromEntries(Object.entries(image).map(([column, value]) => [names.get(column) ?? column, value]));
  }

  #mapped(model: string): ReadonlyMap<string, string> | undefined {
    if (!this.#known.has(model)) {
      const fields = this.metadata.model(model)?.fields.filter(({ kind }) => kind !== 'object') ?? [];
      const differ = fields.filter(({ name, column }) => name !== column);
      this.#known.set(
        model,
        differ.length === 0 ? undefined : new Map(differ.map(({ name, column }) => [column, name])),
      );
    }
    return this.#known.get(model);
  }
}
