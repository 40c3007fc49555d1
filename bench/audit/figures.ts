import { median } from '../measure/statistics';
import type { ContenderName, Place } from './contender';
import type { OperationName } from './operations';

/** What one turn has shown. */
export interface Turn {
  /** In which round it was. */
  readonly round: number;
  /** Whose it was. */
  readonly contender: ContenderName;
  /** What was done. */
  readonly operation: OperationName;
  /** Where it was done. */
  readonly place: Place;
  /** Operations per second. */
  readonly throughput: number;
  /** Median latency, in milliseconds. */
  readonly latencyMs: number;
}

/** How many statements an operation took. */
export interface StatementCount {
  /** Whose they were. */
  readonly contender: ContenderName;
  /** What was done. */
  readonly operation: OperationName;
  /** Where it was done. */
  readonly place: Place;
  /** How many. */
  readonly statements: number;
}

/** Everything that was seen. */
export interface Figures {
  /** All turns; those of one round, operation and place were taken right after each other. */
  readonly turns: readonly Turn[];
  /** What was counted. */
  readonly statements: readonly StatementCount[];
}

/**
 * Gives the turns of a contender, by round.
 *
 * @param figures - everything that was seen
 * @param contender - whose
 * @param operation - at what
 * @param place - where
 */
export const turnsOf = ({ turns }: Figures, contender: ContenderName, operation: OperationName, place: Place): Turn[] =>
  turns.filter((turn) => turn.contender === contender && turn.operation === operation && turn.place === place);

/**
 * Gives a figure of nestarc by that of another contender: the median over turns right after each other.
 *
 * @param figures - everything that was seen
 * @param figure - which figure
 * @param other - the other contender
 * @param operation - at what
 * @param place - where. Defaults to within a transaction
 */
export function ratio(
  figures: Figures,
  figure: 'throughput' | 'latencyMs',
  other: ContenderName,
  operation: OperationName,
  place: Place = 'inside',
): number {
  const others = turnsOf(figures, other, operation, place);
  const ours = turnsOf(figures, 'nestarc', operation, place);
  return median(ours.map((turn, index) => turn[figure] / (others[index]?.[figure] ?? Number.NaN)));
}

/**
 * The figures that are promised, as the JSON object that programs read.
 *
 * @param figures - everything that was seen
 */
export function resultLine(figures: Figures): string {
  const round = (value: number): number => Number(value.toFixed(3));
  const latency = (operation: OperationName): number => ratio(figures, 'latencyMs', 'bare', operation);
  return JSON.stringify({
    singleRatio: round(Math.max(...(['create', 'update', 'delete'] as const).map(latency))),
    updateMany100Ratio: round(latency('updateMany × 100')),
    deleteMany100Ratio: round(latency('deleteMany × 100')),
    vsClientSide: round(ratio(figures, 'throughput', 'clientSide', 'update')),
  });
}
