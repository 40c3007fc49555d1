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
 * How long a contender's turn at a cell is.
 *
 * @param cell - the cell
 * @param durations - see {@link Durations}
 */
export function sliceMsOf(cell: Cell, { promisedSliceMs, sliceMs }: Durations): number {
  return cell.operation === PROMISED.operation && cell.concurrency === PROMISED.concurrency ? promisedSliceMs : sliceMs;
}
