import type { UniqueInfo } from '@nestarc/prisma';
import type { SoftDeleteSchema } from '../model/soft-delete-schema';
import type { CascadeEdge, SoftModel } from '../model/soft-model';
import { keyOf } from '../writes/unique-where';

/** A unique key that an active row may hold by now. */
export interface ContestedKey {
  /** The model. */
  readonly model: SoftModel;
  /** The key. */
  readonly unique: UniqueInfo;
}

/** What a restoration may reach from rows of a model, and what may stand in its way. */
export interface RestoreReach {
  /** The models, that of the rows first. */
  readonly models: readonly SoftModel[];
  /** The relations that rows are brought back along. */
  readonly edges: readonly CascadeEdge[];
  /** The relations to rows that must not stay deleted. */
  readonly parentEdges: readonly CascadeEdge[];
  /** Keys of rows that are brought back. */
  readonly contested: readonly ContestedKey[];
}

/**
 * Finds out what a restoration may reach.
 *
 * @param schema - the relations
 * @param root - the model of the rows
 */
export function restoreReach(schema: SoftDeleteSchema, root: SoftModel): RestoreReach {
  const models = new Set([root]);
  const edges: CascadeEdge[] = [];
  for (const model of models) {
    for (const edge of schema.edgesFrom(model.name)) {
      edges.push(edge);
      models.add(edge.child);
    }
  }
  const contested = [...models].flatMap((model) => contestedKeys(model));
  return { models: [...models], edges, parentEdges: schema.edges.filter(({ child }) => models.has(child)), contested };
}

/** A key is only contested where an index among active rows makes it unique; those of all rows can hold no second one. */
function contestedKeys(model: SoftModel): ContestedKey[] {
  const key = keyOf(model.info).join();
  return model.info.uniques
    .filter(({ fields }) => fields.join() !== key && !fields.includes(model.deletedAt))
    .map((unique) => ({ model, unique }));
}
