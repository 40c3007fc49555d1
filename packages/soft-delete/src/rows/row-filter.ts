import { InvalidOptionsError } from '@nestarc/core';
import type { ModelInfo } from '@nestarc/prisma';
import { isGiven, isQueryObject, type QueryObject } from '../reads/query-value';
import { expandKeys } from '../writes/unique-where';

/**
 * Reads the filter of an operation that restores rows, or removes them for good.
 *
 * @param owner - the operation, for messages
 * @param info - the model
 * @param where - the filter; a unique key of several fields may stand in it as Prisma names it
 * @param path - where it stands in the arguments
 * @returns the filter, with keys of several fields written out
 * @throws InvalidOptionsError for what is no filter, and for one with `undefined` in it, which Prisma would leave out: the
 *   filter would find other rows than those that were meant
 */
export function rowFilter(owner: string, info: ModelInfo, where: unknown, path = 'where'): QueryObject {
  if (!isQueryObject(where)) throw refusal(owner, path, 'expected a filter');
  const missing = undefinedIn(where, path);
  if (missing !== undefined) throw refusal(owner, missing, 'is undefined, and would be left out of the filter');
  for (const { name, fields } of info.uniques) {
    const key = where[name];
    if (fields.length === 1 || !isQueryObject(key)) continue;
    const absent = fields.find((field) => key[field] === undefined);
    if (absent !== undefined) throw refusal(owner, `${path}.${name}.${absent}`, 'is part of the key, and is missing');
  }
  return expandKeys(info, where);
}

/**
 * Reads a filter that has to say which row is meant.
 *
 * @param owner - the operation, for messages
 * @param info - the model
 * @param where - the filter
 * @throws InvalidOptionsError as {@link rowFilter}, and for a filter that says nothing
 */
export function singleRowFilter(owner: string, info: ModelInfo, where: unknown): QueryObject {
  const filter = rowFilter(owner, info, where);
  if (!Object.values(filter).some(isGiven)) {
    throw refusal(owner, 'where', 'expected a filter that says which row is meant');
  }
  return filter;
}

function undefinedIn(value: unknown, path: string): string | undefined {
  if (value === undefined) return path;
  if (!isPlain(value)) return undefined;
  for (const [key, part] of Object.entries(value)) {
    const found = undefinedIn(part, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Dates, decimals and the like are values, whatever they hold. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}

const refusal = (owner: string, path: string, message: string): InvalidOptionsError =>
  new InvalidOptionsError(owner, [{ path, message }]);

/**
 * Opens the tables whose deleted rows a filter looks at.
 *
 * @param opened - is filled in
 * @param info - the model that is filtered
 * @param modelOf - finds a model by its name
 * @param where - the filter
 */
export function openForFilter(
  opened: Set<string>,
  info: ModelInfo,
  modelOf: (name: string) => ModelInfo | undefined,
  where: unknown,
): void {
  if (!isPlain(where)) return;
  for (const [key, part] of Object.entries(where)) {
    const target = modelOf(info.field(key)?.relation?.model ?? '');
    if (target !== undefined) opened.add(target.name);
    openForFilter(opened, target ?? info, modelOf, part);
  }
}
