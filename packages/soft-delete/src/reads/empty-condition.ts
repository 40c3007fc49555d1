import { isGiven, isQueryObject, type QueryObject } from './query-value';

/**
 * Tells whether Prisma takes a condition for none at all. Within `AND`, `OR` and `NOT` it drops such conditions (7.10 and
 * 6.19): `{ OR: [] }` finds nothing, while `{ AND: [{ OR: [] }, other] }` finds what `other` finds.
 *
 * @param where - the condition, or several
 */
export function saysNothing(where: unknown): boolean {
  if (Array.isArray(where)) return where.every(saysNothing);
  return isQueryObject(where) && Object.entries(where).every(([key, value]) => !isGiven(value) || isEmpty(key, value));
}

const isEmpty = (key: string, value: unknown): boolean =>
  key === 'AND' || key === 'OR' || key === 'NOT'
    ? saysNothing(value)
    : isQueryObject(value) && !Object.values(value).some(isGiven);

/**
 * Tells whether Prisma takes the condition of a field for none: `{}`, `{ gte: undefined }`, or `not` of such.
 *
 * @param condition - the condition, or a value that is compared with
 */
export function saysNothingOfField(condition: unknown): boolean {
  if (!isPlain(condition)) return false;
  return Object.entries(condition).every(
    ([key, value]) => !isGiven(value) || (key === 'not' && saysNothingOfField(value)),
  );
}

/** Dates, numbers of many digits and bytes are objects, too. */
function isPlain(value: unknown): value is QueryObject {
  if (!isQueryObject(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
