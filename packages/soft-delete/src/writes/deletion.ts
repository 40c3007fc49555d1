import type { CascadeEdge, SoftModel } from '../model/soft-model';
import type { SoftDeleteSchema } from '../model/soft-delete-schema';
import type { WriteScope } from './write-scope';

/** One deletion: everything it takes has the same marks. */
export class Deletion {
  /** When. */
  readonly deletedAt: Date;
  /** Which. */
  readonly deletionId: string;
  /** By whom. */
  readonly actorId: string | null;

  /** @param scope - tells who deletes, when and as which */
  constructor(scope: WriteScope) {
    this.deletedAt = scope.now();
    this.deletionId = scope.newDeletionId();
    this.actorId = scope.actorId();
  }

  /**
   * Gives what the fields of a deleted row are set to.
   *
   * @param model - its model
   */
  marksOf({ deletedAt, deletedBy, deletionId }: SoftModel): Readonly<Record<string, unknown>> {
    return {
      [deletedAt]: this.deletedAt,
      ...(deletedBy === undefined ? {} : { [deletedBy]: this.actorId }),
      ...(deletionId === undefined ? {} : { [deletionId]: this.deletionId }),
    };
  }
}

/**
 * Gives the relations that a deletion can spread along.
 *
 * @param schema - the schema
 * @param models - names of the models it starts at
 */
export function reachableEdges(schema: SoftDeleteSchema, models: Iterable<string>): readonly CascadeEdge[] {
  const reached = new Set(models);
  const edges: CascadeEdge[] = [];
  for (const model of reached) {
    for (const edge of schema.edgesFrom(model)) {
      edges.push(edge);
      reached.add(edge.child.name);
    }
  }
  return edges;
}
