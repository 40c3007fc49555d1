import type { ModelInfo } from '@nestarc/prisma';
import { isGiven, isQueryObject, type QueryObject } from '../reads/query-value';

/**
 * Narrows a filter. What the caller said stays at the top: wrapped in `AND`, `{ OR: [] }` would find everything instead of
 * nothing (Prisma 7.10 and 6.19).
 *
 * @param where - the filter, never changed
 * @param others - filters that have to hold besides; those that are `undefined` are left out
 */
export function narrowed(where: QueryObject, ...others: readonly (QueryObject | undefined)[]): QueryObject {
  const further = others.filter((other) => other !== undefined);
  if (further.length === 0) return where;
  const own = isGiven(where['AND']) ? [where['AND']].flat() : [];
  return { ...where, AND: [...own, ...further] };
}

/**
 * Writes keys of several fields out: `{ a_b: { a: 1, b: 2 } }` names a row where Prisma looks for one, and is no filter where
 * it looks for several.
 *
 * @param info - the model
 * @param where - the filter, never changed
 */
export function expandKeys(info: ModelInfo, where: QueryObject): QueryObject {
  const keys = info.uniques.filter(({ name, fields }) => fields.length > 1 && isQueryObject(where[name]));
  if (keys.length === 0) return where;
  const rest = Object.entries(where).filter(([name]) => !keys.some((key) => key.name === name));
  return narrowed(Object.fromEntries(rest), ...keys.map(({ name }) => where[name] as QueryObject));
}

/**
 * Gives the fields that tell a row of a model from all others.
 *
 * @param info - the model
 */
export function keyOf(info: ModelInfo): readonly string[] {
  const { primaryKey, uniques } = info;
  if (primaryKey.length > 0) return primaryKey;
  // Prisma asks for one such key; others may hold nulls, which tell nothing apart.
  const key = uniques.find(({ fields }) => fields.every((name) => info.field(name)?.isRequired));
  return key?.fields ?? [];
}

/**
 * Names a row as Prisma wants a single one named.
 *
 * @param info - its model
 * @param row - the row, its key among its fields
 */
export function uniqueWhere(info: ModelInfo, row: QueryObject): QueryObject {
  const fields = keyOf(info);
  const values = Object.fromEntries(fields.map((field) => [field, row[field]]));
  const key = info.uniques.find((unique) => isSame(unique.fields, fields));
  return fields.length === 1 || key === undefined ? values : { [key.name]: values };
}

/**
 * Finds rows by their keys.
 *
 * @param info - their model
 * @param rows - the rows, their keys among their fields
 */
export function keyFilter(info: ModelInfo, rows: readonly QueryObject[]): QueryObject {
  const [field, ...others] = keyOf(info);
  // Prisma sends long lists in parts, and does not long disjunctions.
  if (field !== undefined && others.length === 0) return { [field]: { in: rows.map((row) => row[field]) } };
  return { OR: rows.map((row) => Object.fromEntries(keyOf(info).map((name) => [name, row[name]]))) };
}

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((name, index) => name === other[index]);

/**
 * Selects fields.
 *
 * @param fields - names of the fields
 */
export function selectOf(fields: Iterable<string>): QueryObject {
  return Object.fromEntries([...new Set(fields)].map((field) => [field, true]));
}
