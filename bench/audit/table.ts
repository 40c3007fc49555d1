import { median } from '../measure/statistics';
import { CONTENDERS, type ContenderName, type Place } from './contender';
import { type Figures, ratio, turnsOf } from './figures';
import { OPERATIONS, type OperationName } from './operations';

const HEADS: Readonly<Record<ContenderName, string>> = { bare: 'bare', clientSide: 'client', nestarc: 'our' };
const TITLES: Readonly<Record<Place, string>> = { inside: 'in $transaction(cb)', outside: 'on its own' };

/**
 * Lays the figures out for people, on at most 100 columns: latencies in milliseconds, what nestarc takes by what
 * others do, and statements.
 *
 * @param figures - everything that was seen
 */
export const tables = (figures: Figures): string =>
  (['inside', 'outside'] as const).map((place) => tableOf(figures, place)).join('\n');

function tableOf(figures: Figures, place: Place): string {
  const contenders = CONTENDERS.filter((name) =>
    figures.turns.some((turn) => turn.contender === name && turn.place === place),
  );
  const others = contenders.filter((name) => name !== 'nestarc');
  const head = [
    ...contenders.map((name) => `${HEADS[name]} ms`),
    ...others.map((name) => `by ${HEADS[name]}`),
    ...contenders.map((name) => `${HEADS[name]} st.`),
  ];
  return [
    row(TITLES[place], head),
    ...OPERATIONS.map((operation) => rowOf(figures, place, contenders, operation)),
    '',
  ].join('\n');
}

function rowOf(figures: Figures, place: Place, contenders: readonly ContenderName[], operation: OperationName): string {
  const others = contenders.filter((name) => name !== 'nestarc');
  const latency = (name: ContenderName): number =>
    median(turnsOf(figures, name, operation, place).map(({ latencyMs }) => latencyMs));
  const statements = (name: ContenderName): number =>
    figures.statements.find(
      (count) => count.contender === name && count.operation === operation && count.place === place,
    )?.statements ?? Number.NaN;
  return row(operation, [
    ...contenders.map((name) => latency(name).toFixed(2)),
    ...others.map((name) => ratio(figures, 'latencyMs', name, operation, place).toFixed(2)),
    ...contenders.map((name) => String(statements(name))),
  ]);
}

const row = (title: string, cells: readonly string[]): string =>
  `${title.padEnd(20)}${cells.map((cell) => cell.padStart(10)).join('')}`;
