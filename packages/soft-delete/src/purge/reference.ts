import type { ModelInfo, ModelMetadata } from '@nestarc/prisma';

/** A foreign key, from wherever. */
export interface Reference {
  /** The model that has it. */
  readonly child: ModelInfo;
  /** Its fields. */
  readonly fields: readonly string[];
  /** Name of the model it refers to. */
  readonly parent: string;
  /** The fields it refers to, in the same order. */
  readonly references: readonly string[];
}

/**
 * Finds all foreign keys to a model: of models that are deleted softly or not, and whatever is done along them. The links of
 * many-to-many relations are no rows of their own: they go with what they link.
 *
 * @param metadata - what the client knows of the schema
 * @param parent - name of the model
 */
export function referencesTo(metadata: ModelMetadata, parent: string): readonly Reference[] {
  return metadata.names.flatMap((name) => {
    const child = metadata.model(name);
    if (child === undefined) return [];
    return child.fields.flatMap(({ relation }) =>
      relation?.model === parent && relation.fields.length > 0
        ? [{ child, fields: relation.fields, parent, references: relation.references }]
        : [],
    );
  });
}
