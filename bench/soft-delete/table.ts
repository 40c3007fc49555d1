import { median } from '../measure/statistics';
import { CASCADES } from './cascade';
import { type Figures, type Reader, readRatio, treesPerSecond, turnsOf } from './figures';
import { READS } from './reads';

const cell = (text: string): string => text.padStart(12);

/**
 * Lays the figures out for people, on at most 100 columns.
 *
 * @param figures - everything that was seen
 */
export function tables(figures: Figures): string {
  const reads = READS.map((read) => {
    const middle = (reader: Reader, key: 'throughput' | 'latencyMs'): number =>
      median(turnsOf(figures, read, reader).map((turn) => turn[key]));
    return row(read, [
      middle('without', 'throughput').toFixed(0),
      middle('nestarc', 'throughput').toFixed(0),
      readRatio(figures, read).toFixed(3),
      middle('without', 'latencyMs').toFixed(2),
      middle('nestarc', 'latencyMs').toFixed(2),
    ]);
  });
  const cascades = CASCADES.map((cascade) =>
    row(cascade, [treesPerSecond(figures, cascade).toFixed(1), String(figures.statements[cascade])]),
  );
  return [
    row('reads of the same rows', ['without /s', 'nestarc /s', 'ratio', 'without ms', 'nestarc ms']),
    ...reads,
    '',
    row('deleting 1 + 50 + 100 rows', ['trees /s', 'statements']),
    ...cascades,
    '',
  ].join('\n');
}

const row = (title: string, cells: readonly string[]): string => `${title.padEnd(30)}${cells.map(cell).join('')}`;
