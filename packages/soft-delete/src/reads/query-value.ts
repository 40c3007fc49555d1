/** Part of a query, as Prisma takes it. */
export type QueryObject = Readonly<Record<string, unknown>>;

/**
 * Tells whether an argument counts: Prisma leaves out what is `undefined`, and what is `Prisma.skip`.
 *
 * @param value - the argument
 */
export function isGiven(value: unknown): boolean {
  return value !== undefined && !isSkip(value);
}

/**
 * Tells whether a value is a part of a query that has parts of its own.
 *
 * @param value - the value
 */
export function isQueryObject(value: unknown): value is QueryObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isSkip(value);
}

/** The class behind `Prisma.skip` is copied into every generated client; this method is what it has to itself. */
const isSkip = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, 'ifUndefined') === 'function';

/**
 * Replaces values of an object, without touching the object.
 *
 * @param object - the object
 * @param change - gives the new value of a key, or the old one
 * @returns the same object where no value changed, so that a query that is not concerned stays what it is
 */
export function mapValues(object: QueryObject, change: (value: unknown, key: string) => unknown): QueryObject {
  let changed: Record<string, unknown> | undefined;
  for (const key of Object.keys(object)) {
    const value = change(object[key], key);
    if (value === object[key]) continue;
    changed ??= { ...object };
    changed[key] = value;
  }
  return changed ?? object;
}

/**
 * Replaces the members of an array, or the value itself where it is none.
 *
 * @param value - one or several
 * @param change - gives the new member, or the old one
 * @returns the same value where no member changed
 */
export function mapOneOrMany(value: unknown, change: (member: unknown) => unknown): unknown {
  if (!Array.isArray(value)) return change(value);
  const members = value.map(change);
  return members.every((member, index) => member === value[index]) ? value : members;
}
