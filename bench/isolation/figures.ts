import { median } from '../measure/statistics';
import type { Cell } from './cell';
import type { ContenderName } from './contenders';
import type { OperationName } from './operations';

/** What one contender achieved in one cell. */
export interface CellFigures extends Cell {
  /** The contender. */
  readonly contender: ContenderName;
  /** Operations per second, turn by turn. */
  readonly throughputs: readonly number[];
  /** Latency that half of the operations stayed below, in milliseconds. */
  readonly p50Ms: number;
  /** Latency that 99 of 100 operations stayed below, in milliseconds. */
  readonly p99Ms: number;
}

/** What one contender asks of the server for one operation. */
export interface OperationCosts {
  /** The operation. */
  readonly operation: OperationName;
  /** The contender. */
  readonly contender: ContenderName;
  /** How often it waits for an answer. */
  readonly roundTrips: number;
  /** SQL statements it has the server run. */
  readonly statements: number;
}

/** What was measured with one version of Prisma. */
export interface Figures {
  /** Full version of Prisma. */
  readonly prisma: string;
  /** Throughputs and latencies. */
  readonly cells: readonly CellFigures[];
  /** Round trips and statements. */
  readonly costs: readonly OperationCosts[];
}

/**
 * Finds what a contender achieved.
 *
 * @param figures - where to look
 * @param cell - in which cell
 * @param contender - which contender
 * @throws Error when that was not measured
 */
export function figuresOf(figures: Figures, cell: Cell, contender: ContenderName): CellFigures {
  const found = figures.cells.find(
    ({ network, operation, concurrency, contender: name }) =>
      network === cell.network &&
      operation === cell.operation &&
      concurrency === cell.concurrency &&
      name === contender,
  );
  if (found === undefined) throw new Error(`${contender} was not measured with ${JSON.stringify(cell)}`);
  return found;
}

/**
 * Throughput of nestarc by that of another contender: the median over the turns.
 *
 * @param figures - what was measured
 * @param cell - in which cell
 * @param contender - the other contender
 */
export function ratioTo(figures: Figures, cell: Cell, contender: ContenderName): number {
  return median(ratiosTo(figures, cell, contender));
}

/**
 * Throughput of nestarc by that of another contender, turn by turn. The two have their turns right after each other, so a
 * machine that is slow for a minute is slow for both.
 *
 * @param figures - what was measured
 * @param cell - in which cell
 * @param contender - the other contender
 */
export function ratiosTo(figures: Figures, cell: Cell, contender: ContenderName): number[] {
  const ours = figuresOf(figures, cell, 'nestarc').throughputs;
  const theirs = figuresOf(figures, cell, contender).throughputs;
  return ours.map((throughput, turn) => throughput / (theirs[turn] ?? Number.NaN));
}
