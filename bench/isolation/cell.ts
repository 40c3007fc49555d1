import type { Durations } from './bench.options';
import { type OperationName, OPERATION_NAMES } from './operations';

/** Networks between client and server, in the order of the tables. */
export const NETWORKS = ['loopback', 'delayed'] as const;

/** A network between client and server. */
export type Network = (typeof NETWORKS)[number];

/** How many operations are under way at once, in the order of the tables. */
export const CONCURRENCIES = [1, 10] as const;

/** How many operations are under way at once. */
export type Concurrency = (typeof CONCURRENCIES)[number];

/** A situation the contenders are compared in. */
export interface Cell {
  /** Where the server is. */
  readonly network: Network;
  /** What is done. */
  readonly operation: OperationName;
  /** How often at once. */
  readonly concurrency: Concurrency;
}

/** All situations. */
export const CELLS: readonly Cell[] = NETWORKS.flatMap((network) =>
  CONCURRENCIES.flatMap((concurrency) =>
    OPERATION_NAMES.map((operation): Cell => ({ network, operation, concurrency })),
  ),
);

/** The cell whose ratios are promised, on each network. */
export const PROMISED = { operation: 'list of 20', concurrency: 10 } as const;

/**
 * Turns at a promised cell in a round. Many short ones tell more than a long one: two turns that are compared lie closer
 * together than the machine's mood changes, and there are more of them to take the median of.
 */
const PROMISED_TURNS = 4;

/** The turns a contender has at a cell in a round. */
export interface Turns {
  /** How many. */
  readonly count: number;
  /** How long each is, in milliseconds. */
  readonly sliceMs: number;
}

/**
 * Tells which turns a contender has at a cell in a round.
 *
 * @param cell - the cell
 * @param durations - see {@link Durations}
 */
export function turnsAt(cell: Cell, { promisedSliceMs, sliceMs }: Durations): Turns {
  const promised = cell.operation === PROMISED.operation && cell.concurrency === PROMISED.concurrency;
  return promised ? { count: PROMISED_TURNS, sliceMs: promisedSliceMs } : { count: 1, sliceMs };
}
