import { median } from '../measure/statistics';
import type { Cascade, CascadeTurn } from './cascade';
import { READS, type Read } from './reads';

/** Who reads: without the package from a table where nothing is deleted, or with it from one where much is. */
export type Reader = 'without' | 'nestarc';

/** What one turn at a read has shown. */
export interface ReadTurn {
  /** What was read. */
  readonly read: Read;
  /** Who read. */
  readonly reader: Reader;
  /** Reads per second. */
  readonly throughput: number;
  /** Median latency, in milliseconds. */
  readonly latencyMs: number;
}

/** Everything that was seen. */
export interface Figures {
  /** Turns at reads; those of one index and read, by reader, were taken right after each other. */
  readonly reads: readonly ReadTurn[];
  /** Turns at deleting trees. */
  readonly cascades: readonly CascadeTurn[];
  /** Statements for one tree. */
  readonly statements: Readonly<Record<Cascade, number>>;
}

/**
 * Gives the turns of a reader at a read, in the order they were taken.
 *
 * @param figures - everything that was seen
 * @param read - what was read
 * @param reader - who read
 */
export const turnsOf = ({ reads }: Figures, read: Read, reader: Reader): ReadTurn[] =>
  reads.filter((turn) => turn.read === read && turn.reader === reader);

/**
 * Gives the throughput of a read with the package by that without it: the median over turns right after each other.
 *
 * @param figures - everything that was seen
 * @param read - what was read
 */
export function readRatio(figures: Figures, read: Read): number {
  const without = turnsOf(figures, read, 'without');
  return median(
    turnsOf(figures, read, 'nestarc').map(
      (turn, index) => turn.throughput / (without[index]?.throughput ?? Number.NaN),
    ),
  );
}

/**
 * Gives how many trees per second a way of deleting them takes.
 *
 * @param figures - everything that was seen
 * @param cascade - the way
 */
export const treesPerSecond = ({ cascades }: Figures, cascade: Cascade): number =>
  median(cascades.filter((turn) => turn.cascade === cascade).map(({ throughput }) => throughput));

/**
 * The figures that are promised, as the JSON object that programs read.
 *
 * @param figures - everything that was seen
 */
export function resultLine(figures: Figures): string {
  const round = (value: number): number => Number(value.toFixed(3));
  return JSON.stringify({
    cascadeStatements: figures.statements.nestarc,
    cascadeVsPerRow: round(treesPerSecond(figures, 'nestarc') / treesPerSecond(figures, 'one statement per row')),
    readRatio: round(Math.min(...READS.map((read) => readRatio(figures, read)))),
  });
}
