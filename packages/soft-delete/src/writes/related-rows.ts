import type { FieldInfo, RelationInfo } from '@nestarc/prisma';
import { isQueryObject, type QueryObject } from '../reads/query-value';
import { expandKeys, narrowed } from './unique-where';
import type { WriteRun } from './write.run';

/** The relation that a nested write goes along. */
export interface NestedPlace {
  /** The relation, as a field of the row that is written. */
  readonly field: FieldInfo;
  /** What the schema says of it. */
  readonly relation: RelationInfo;
  /** A filter that finds the row that is written; absent for one that is being made. */
  readonly owners: QueryObject | undefined;
}

/**
 * Gives a filter that finds the rows at the other end of a relation.
 *
 * @param run - what the rewriting goes by
 * @param place - the relation
 * @param where - which of the rows. Defaults to all of them
 * @returns `undefined` when the row at this end is being made
 */
export function relatedRows({ scope }: WriteRun, place: NestedPlace, where?: unknown): QueryObject | undefined {
  const { relation, owners } = place;
  const info = scope.schema.metadata.model(relation.model);
  const opposite = info?.field(relation.opposite);
  if (owners === undefined || info === undefined || opposite === undefined) return undefined;
  const related = { [opposite.name]: opposite.isList ? { some: owners } : { is: owners } };
  return isQueryObject(where) ? narrowed(expandKeys(info, where), related) : related;
}
