import { median } from '../measure/statistics';
import { CONCURRENCIES, type Concurrency, type Network, NETWORKS } from './cell';
import { CONTENDER_NAMES, type ContenderName } from './contenders';
import { type Figures, figuresOf } from './figures';
import { type OperationName, OPERATION_NAMES } from './operations';

const COLOURS: Readonly<Record<ContenderName, string>> = {
  'where, no RLS': '#9aa5b1',
  'transaction per op': '#e0a458',
  nestarc: '#2f6f8f',
};
const BAR = { width: 22, gap: 3, height: 120 };
const OPERATION_WIDTH = (BAR.width + BAR.gap) * CONTENDER_NAMES.length + 40;
const PANEL = { width: OPERATION_WIDTH * OPERATION_NAMES.length, height: BAR.height + 80 };
const MARGIN = 16;

interface Panel {
  readonly figures: Figures;
  readonly network: Network;
  readonly concurrency: Concurrency;
}

/**
 * Draws throughput as bars, as an SVG document. Each group of bars has a scale of its own: what
 * is compared is the contenders, not the operations.
 *
 * @param results - what was measured, by version of Prisma
 */
export function drawChart(results: readonly Figures[]): string {
  const rows = results.flatMap((figures) => NETWORKS.map((network) => ({ figures, network })));
  const panels = rows.flatMap(({ figures, network }, row) =>
    CONCURRENCIES.map((concurrency, column) => {
      const x = MARGIN + column * (PANEL.width + MARGIN);
      const y = MARGIN + 24 + row * PANEL.height;
      return `<g transform="translate(${x} ${y})">${drawPanel({ figures, network, concurrency })}</g>`;
    }),
  );
  const width = 2 * MARGIN + CONCURRENCIES.length * (PANEL.width + MARGIN);
  const height = 2 * MARGIN + 24 + rows.length * PANEL.height;
  const background = `<rect width="${width}" height="${height}" fill="#fff"/>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">`,
    background,
    drawLegend(),
    ...panels,
    '</svg>\n',
  ].join('\n');
}

function drawLegend(): string {
  const entries = CONTENDER_NAMES.map((name, index) => {
    const x = MARGIN + index * 150;
    const swatch = `<rect x="${x}" y="${MARGIN - 10}" width="11" height="11" fill="${COLOURS[name]}"/>`;
    return `${swatch}<text x="${x + 16}" y="${MARGIN}">${name}</text>`;
  });
  return entries.join('');
}

function drawPanel({ figures, network, concurrency }: Panel): string {
  const title = `Prisma ${figures.prisma}, ${network}, ${concurrency} at a time: operations per second`;
  const groups = OPERATION_NAMES.map((operation, index) => {
    const bars = drawBars({ figures, network, concurrency }, operation);
    return `<g transform="translate(${index * OPERATION_WIDTH} 24)">${bars}</g>`;
  });
  return `<text y="10" font-weight="bold">${title}</text>${groups.join('')}`;
}

function drawBars({ figures, network, concurrency }: Panel, operation: OperationName): string {
  const medians = CONTENDER_NAMES.map((contender) =>
    median(figuresOf(figures, { network, operation, concurrency }, contender).throughputs),
  );
  const largest = Math.max(...medians);
  const bars = CONTENDER_NAMES.map((contender, index) => {
    const throughput = medians[index] ?? 0;
    const height = Math.round((throughput / largest) * (BAR.height - 14));
    const x = index * (BAR.width + BAR.gap);
    const y = BAR.height - height;
    const bar = `<rect x="${x}" y="${y}" width="${BAR.width}" height="${height}" fill="${COLOURS[contender]}"/>`;
    const middle = x + BAR.width / 2;
    return `${bar}<text x="${middle}" y="${y - 3}" text-anchor="middle" font-size="9">${Math.round(throughput)}</text>`;
  });
  return `${bars.join('')}<text y="${BAR.height + 14}">${operation}</text>`;
}
