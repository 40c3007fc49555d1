import { performance } from 'node:perf_hooks';

/** Something that is done over and over, told the number of the run. */
export type Operation = (run: number) => Promise<void>;

/** What was seen in one stretch of time. */
export interface Slice {
  /** Operations per second. */
  readonly throughput: number;
  /** How long each operation took, in milliseconds. */
  readonly latenciesMs: readonly number[];
}

/**
 * Does an operation again and again for a while.
 *
 * Each worker's rate is taken over its own time: counted together, the workers that wait at the end for the slowest one
 * would make slow operations look slower than they are.
 *
 * @param operation - the operation
 * @param concurrency - operations under way at once
 * @param durationMs - how long to go on, in milliseconds
 */
export async function measureSlice(operation: Operation, concurrency: number, durationMs: number): Promise<Slice> {
  let run = 0;
  // What comes first pays for what others left behind: garbage, cold caches, connections to open.
  await Promise.all(Array.from({ length: concurrency }, () => operation(run++)));

  const latenciesMs: number[] = [];
  const deadline = performance.now() + durationMs;
  const worker = async (): Promise<number> => {
    const started = performance.now();
    let done = 0;
    let now = started;
    while (now < deadline) {
      await operation(run++);
      const ended = performance.now();
      latenciesMs.push(ended - now);
      now = ended;
      done += 1;
    }
    return done === 0 ? 0 : (done / (now - started)) * 1000;
  };
  const rates = await Promise.all(Array.from({ length: concurrency }, worker));
  return { throughput: rates.reduce((sum, rate) => sum + rate, 0), latenciesMs };
}
