import { PLATFORMS } from '@nestarc/testing';
import { CONTENDERS, DESCRIPTIONS } from './contenders';
import { middleOf, overheadOf, type Turn } from './figures';

const whole = (value: number): string => value.toFixed(0).padStart(9);
const tenth = (value: number): string => value.toFixed(1).padStart(9);

/**
 * Lays the figures out for people, on at most 100 columns.
 *
 * @param turns - all turns
 */
export function table(turns: readonly Turn[]): string {
  const head = ['', 'cpu µs', 'more', 'latency µs', 'more', 'req/s'];
  const rows = PLATFORMS.flatMap((platform) => [
    `${platform.padEnd(52)}${head
      .slice(1)
      .map((title) => title.padStart(9))
      .join('')}`,
    ...CONTENDERS.map((contender) => {
      const more = overheadOf(turns, platform, contender);
      const cells = [
        tenth(middleOf(turns, platform, contender, 'cpuUs')),
        tenth(more.cpuUs),
        tenth(middleOf(turns, platform, contender, 'latencyUs')),
        tenth(more.latencyUs),
        whole(middleOf(turns, platform, contender, 'throughput')),
      ];
      return `  ${DESCRIPTIONS[contender].padEnd(50)}${cells.join('')}`;
    }),
    '',
  ]);
  return rows.join('\n');
}

/**
 * The figures that are promised, as the JSON object that programs read.
 *
 * @param turns - all turns
 */
export function resultLine(turns: readonly Turn[]): string {
  const [express, fastify] = PLATFORMS.map((platform) => overheadOf(turns, platform, 'header').cpuUs);
  const round = (value: number | undefined): number => Number((value ?? Number.NaN).toFixed(1));
  return JSON.stringify({
    requestOverheadUs: Math.max(round(express), round(fastify)),
    expressOverheadUs: round(express),
    fastifyOverheadUs: round(fastify),
  });
}
