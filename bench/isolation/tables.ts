import { deviation, median, quantile } from '../measure/statistics';
import { type Cell, CONCURRENCIES, type Network, NETWORKS, PROMISED } from './cell';
import { CONTENDER_NAMES, type ContenderName } from './contenders';
import { type Figures, figuresOf, ratiosTo, ratioTo } from './figures';
import { type OperationName, OPERATION_NAMES } from './operations';

const OPERATION_WIDTH = 20;
const CONTENDER_WIDTH = 18;
const GROUP_WIDTH = 28;
const PLACES: Readonly<Record<Network, string>> = { loopback: 'loopback', delayed: 'a delay each way' };

/**
 * One table for each network: throughput with its deviation, latencies, and nestarc's throughput by that of the others.
 *
 * @param figures - what was measured
 */
export function networkTables(figures: Figures): string[] {
  return NETWORKS.map((network) => networkTable(figures, network));
}

function networkTable(figures: Figures, network: Network): string {
  const groups = CONCURRENCIES.map((concurrency) => ` │ ${`${concurrency} at a time`.padEnd(GROUP_WIDTH)}`);
  const columns = CONCURRENCIES.map(() => ` │ ${group('op/s', '±', 'p50', 'p99', 'ours')}`);
  const lines = [
    `Prisma ${figures.prisma}, ${PLACES[network]}`.padEnd(OPERATION_WIDTH + CONTENDER_WIDTH) + groups.join(''),
    ''.padEnd(OPERATION_WIDTH + CONTENDER_WIDTH) + columns.join(''),
  ];
  for (const operation of OPERATION_NAMES) {
    for (const contender of CONTENDER_NAMES) {
      const cells = CONCURRENCIES.map((concurrency) => {
        return ` │ ${cellText(figures, { network, operation, concurrency }, contender)}`;
      });
      lines.push(heading(operation, contender) + cells.join(''));
    }
  }
  return lines.map((line) => line.trimEnd()).join('\n');
}

function cellText(figures: Figures, cell: Cell, contender: ContenderName): string {
  const { throughputs, p50Ms, p99Ms } = figuresOf(figures, cell, contender);
  const middle = median(throughputs);
  const spread = `${((deviation(throughputs) / middle) * 100).toFixed(0)}%`;
  const ratio = contender === 'nestarc' ? '' : `${ratioTo(figures, cell, contender).toFixed(2)}×`;
  return group(middle.toFixed(0), spread, milliseconds(p50Ms), milliseconds(p99Ms), ratio);
}

/** Three digits say enough. */
const milliseconds = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(1));

const group = (throughput: string, spread: string, p50: string, p99: string, ratio: string): string =>
  throughput.padStart(5) + spread.padStart(4) + p50.padStart(6) + p99.padStart(6) + ratio.padStart(7);

const heading = (operation: OperationName, contender: ContenderName): string =>
  (contender === CONTENDER_NAMES[0] ? operation : '').padEnd(OPERATION_WIDTH) + contender.padEnd(CONTENDER_WIDTH);

/**
 * A table of what each operation asks of the server.
 *
 * @param figures - what was measured
 */
export function costTable(figures: Figures): string {
  const text = (operation: OperationName, contender: ContenderName): string => {
    const cost = figures.costs.find((one) => one.operation === operation && one.contender === contender);
    return cost === undefined ? '' : `${cost.roundTrips} / ${cost.statements}`;
  };
  const row = (first: string, rest: readonly string[]): string =>
    [first.padEnd(OPERATION_WIDTH), ...rest.map((one) => one.padStart(CONTENDER_WIDTH + 2))].join('');
  return [
    `Prisma ${figures.prisma}, round trips / SQL statements per operation`,
    row('', CONTENDER_NAMES),
    ...OPERATION_NAMES.map((operation) =>
      row(
        operation,
        CONTENDER_NAMES.map((contender) => text(operation, contender)),
      ),
    ),
  ].join('\n');
}

/**
 * How far the promised ratios can be relied on: a few lines of text.
 *
 * @param figures - what was measured
 */
export function spreadOfPromises(figures: Figures): string {
  const lines = NETWORKS.flatMap((network) =>
    CONTENDER_NAMES.filter((name) => name !== 'nestarc').map((name) => {
      const ratios = ratiosTo(figures, { network, ...PROMISED }, name);
      const [low, middle, high] = [0.25, 0.5, 0.75].map((part) => quantile(ratios, part).toFixed(2));
      return `  ${network.padEnd(10)}${name.padEnd(CONTENDER_WIDTH + 2)}${middle} ×, half of the turns ${low} to ${high}`;
    }),
  );
  return [
    `Prisma ${figures.prisma}, nestarc by others, ${PROMISED.operation}, ${PROMISED.concurrency} at a time`,
    ...lines,
  ].join('\n');
}
