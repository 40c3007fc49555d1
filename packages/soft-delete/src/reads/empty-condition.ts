import { isGiven, isQueryObject } from './query-value';

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
