/**
 * The value below which a part of all values lies, between two of them where it falls between.
 *
 * @param values - at least one number
 * @param part - between 0 and 1
 */
export function quantile(values: readonly number[], part: number): number {
  const sorted = Float64Array.from(values).sort();
  const position = (sorted.length - 1) * part;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

/**
 * The middle value, or the mean of the two middle ones.
 *
 * @param values - at least one number
 */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * The median absolute deviation from the median: how far apart the values lie, whatever a few of them do.
 *
 * @param values - at least one number
 */
export function deviation(values: readonly number[]): number {
  const middle = median(values);
  return median(values.map((value) => Math.abs(value - middle)));
}
