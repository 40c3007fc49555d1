import type { QueryObject } from '../reads/query-value';
import type { NestedPlace } from './related-rows';
import { keyOf, selectOf, uniqueWhere } from './unique-where';
import type { WriteRun } from './write.run';

/** What operations of a nested write become, where it is not one of the same name. */
const BECOMES: ReadonlyMap<string, string> = new Map([
  ['delete', 'update'],
  ['deleteMany', 'updateMany'],
]);

/**
 * Tells whether an operation cannot stand behind others in one nested write. Prisma (7.10 and 6.19) works them in the order the
 * caller wrote them in, and there is one place for each name: a deletion that becomes an update cannot go to that of an earlier
 * one, since what was written in between would come after it. What is looked up ahead has to be what the others left.
 *
 * @param run - what the rewriting goes by
 * @param place - the relation
 * @param name - the operation
 * @param others - the operations before it, in their order
 */
export function standsApart(run: WriteRun, place: NestedPlace, name: string, others: readonly string[]): boolean {
  if (others.length === 0 || place.owners === undefined || run.soft(place.relation.model) === undefined) return false;
  if (!place.field.isList || name === 'set') return true;
  // A `set` becomes `connect` and, ahead of that, `disconnect`.
  if (name === 'disconnect' && others.includes('set')) return true;
  const [becomes, ...before] = [name, ...others].map((one) => BECOMES.get(one) ?? one);
  return becomes !== undefined && before.includes(becomes) && before.at(-1) !== becomes;
}

/**
 * Has the first operations of a nested write done ahead of the others, by a write of its own.
 *
 * @param run - collects what has to be done ahead
 * @param place - the relation
 * @param write - what the operations became
 */
export function writeAhead({ before, scope }: WriteRun, place: NestedPlace, write: QueryObject): void {
  const { field, relation, owners } = place;
  const { metadata } = scope.schema;
  const info = metadata.model(metadata.model(relation.model)?.field(relation.opposite)?.relation?.model ?? '');
  if (info === undefined) return;
  const select = selectOf(keyOf(info));
  before.push(async (tx) => {
    const args = { where: owners, select };
    const rows = await tx.run({ model: info.name, action: 'findMany', args, path: [] });
    for (const row of rows as QueryObject[]) {
      const update = { where: uniqueWhere(info, row), data: { [field.name]: write }, select };
      await tx.run({ model: info.name, action: 'update', args: update, path: [] });
    }
  });
}
