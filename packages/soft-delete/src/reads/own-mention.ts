import type { SoftModel } from '../model/soft-model';
import { saysNothingOfField } from './empty-condition';
import { isGiven, isQueryObject } from './query-value';

const CONNECTIVES = ['AND', 'OR', 'NOT'] as const;

/**
 * Tells whether a filter speaks of the field that marks deleted rows: who does so has decided which rows to see. Prisma drops
 * conditions such as `{ gte: undefined }`, and so they decide nothing.
 *
 * @param soft - the model that is filtered
 * @param where - the filter
 */
export function mentionsDeletion(soft: SoftModel, where: unknown): boolean {
  if (Array.isArray(where)) return where.some((part) => mentionsDeletion(soft, part));
  if (!isQueryObject(where)) return false;
  if (isGiven(where[soft.deletedAt]) && !saysNothingOfField(where[soft.deletedAt])) return true;
  // A key of several fields, the mark among them, is an object of its own in `where`.
  const byKey = soft.info.uniques.some(
    ({ name, fields }) => fields.length > 1 && fields.includes(soft.deletedAt) && isGiven(where[name]),
  );
  return byKey || CONNECTIVES.some((key) => isGiven(where[key]) && mentionsDeletion(soft, where[key]));
}
