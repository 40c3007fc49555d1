/**
 * Freezes the objects and arrays a schema made, at every depth. What it passed on as it was given (an extractor, a
 * client, a list of keys) belongs to the user, who may go on changing it.
 *
 * @param output - what the schema made
 * @param input - what it was made from
 * @returns the output
 */
export function deepFreeze<T>(output: T, input: unknown): T {
  if (output === input || !isPlain(output) || Object.isFrozen(output)) return output;
  Object.freeze(output);
  for (const [key, value] of Object.entries(output)) deepFreeze(value, propertyOf(input, key));
  return output;
}

function propertyOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}
