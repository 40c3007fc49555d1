import { performance } from 'node:perf_hooks';

/** Something that is done over and over, told the number of the run. */
export type Operation = (run: number) => Promise<void>;

/**
 * Counts how many operations finish in a time.
 *
 * @param operation - the operation
 * @param concurrency - operations under way at once
 * @param durationMs - how long to go on, in milliseconds
 * @returns operations per second
 */
export async function measureThroughput(
  operation: Operation,
  concurrency: number,
  durationMs: number,
): Promise<number> {
  const started = performance.now();
  const deadline = started + durationMs;
  let run = 0;
  const worker = async (): Promise<void> => {
    while (performance.now() < deadline) await operation(run++);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return (run / (performance.now() - started)) * 1000;
}

/**
 * The middle value, or the mean of the two middle ones.
 *
 * @param values - at least one number
 */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
