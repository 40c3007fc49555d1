import type { SoftDeleteSchema } from '../model/soft-delete-schema';

const known = new WeakMap<SoftDeleteSchema, ReadonlySet<string>>();

/**
 * Tells whether a query of a model can come upon rows that are deleted softly, in the model itself or through relations.
 *
 * @param schema - the schema
 * @param model - name of the model
 */
export function reachesDeleted(schema: SoftDeleteSchema, model: string): boolean {
  let reach = known.get(schema);
  if (reach === undefined) known.set(schema, (reach = reachOf(schema)));
  return reach.has(model);
}

/** Relations can be followed both ways, so the models that reach a soft-deletable one are those that it reaches. */
function reachOf({ models, metadata }: SoftDeleteSchema): ReadonlySet<string> {
  const reached = new Set(models.map(({ name }) => name));
  for (const name of reached) {
    for (const { relation } of metadata.model(name)?.fields ?? []) {
      if (relation !== undefined) reached.add(relation.model);
    }
  }
  return reached;
}
