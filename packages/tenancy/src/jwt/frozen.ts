/**
 * Freezes what was parsed from JSON, at every depth.
 *
 * @param value - the value
 * @returns the same value
 */
export function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}
