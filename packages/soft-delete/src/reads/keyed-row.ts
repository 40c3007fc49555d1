import type { ModelInfo, PlannedOperation } from '@nestarc/prisma';
import { projectAnswer, type RowMark } from './answer.projector';
import type { AnswerFinisher } from './answer.finisher';
import { hidesDeleted } from './deleted-rows';
import { isGiven, isQueryObject, type QueryObject } from './query-value';
import type { ReadScope } from './read-scope';
import { type MarkedSelection, markRow } from './row.mark';

/**
 * Marks the row that `findUnique` names by its primary key, in place of a filter. Prisma merges such calls of one tick into
 * `id IN (…)`, and into `id = … AND deleted_at IS NULL OR …` where a filter stands beside the key, which costs a tenth of their
 * throughput. Other keys may be unique among active rows only, and need the filter.
 *
 * @param scope - what the rewriting goes by
 * @param operation - the operation; its arguments are never changed
 * @returns `undefined` where rows are to be filtered, or all are to be seen
 */
export function markKeyedRow(scope: ReadScope, operation: PlannedOperation): MarkedSelection | undefined {
  const { model, action, path, args } = operation;
  if (action !== 'findUnique' || model === undefined || path.length > 0 || !isQueryObject(args)) return undefined;
  const info = scope.schema.metadata.model(model);
  if (info === undefined || !isPrimaryKey(info, args['where'])) return undefined;
  const soft = hidesDeleted(scope, model);
  return soft === undefined ? undefined : markRow(scope, soft, args);
}

function isPrimaryKey({ primaryKey, uniques }: ModelInfo, where: unknown): boolean {
  if (!isQueryObject(where)) return false;
  const names = Object.keys(where).filter((name) => isGiven(where[name]));
  const compound = uniques.find(({ fields }) => isSame(fields, primaryKey));
  const key = primaryKey.length === 1 ? primaryKey[0] : compound?.name;
  return names.length === 1 && names[0] === key;
}

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length > 1 && one.length === other.length && one.every((name, index) => name === other[index]);

/**
 * Takes the row out of the answer if it is deleted, before anything else is done to it.
 *
 * @param mark - how a deleted row is told
 * @param next - what is left to do to a row that stays
 */
export function keyedRowFinisher(mark: RowMark, next: AnswerFinisher | undefined): AnswerFinisher {
  const projector = { relations: [{ field: 'row', mark }] };
  return (answer, run) => {
    const held: QueryObject = { row: answer };
    projectAnswer(projector, held);
    return next === undefined || held['row'] === null ? held['row'] : next(held['row'], run);
  };
}
