import type { Platform } from '@nestarc/testing';
import { median } from '../measure/statistics';
import type { Contender } from './contenders';

/** What one turn of a contender has shown. */
export interface Turn {
  /** What it was served on. */
  readonly platform: Platform;
  /** Which it was. */
  readonly contender: Contender;
  /** Which round it was. */
  readonly round: number;
  /** Processor time for one request without a socket, in microseconds. */
  readonly cpuUs: number;
  /** Requests per second over HTTP, several at once. */
  readonly throughput: number;
  /** Median latency over HTTP of one request after the other, in microseconds. */
  readonly latencyUs: number;
}

/** What a contender costs more than NestJS alone: the median over the rounds, each compared within itself. */
export interface Overhead {
  /** Processor time for one request without a socket, in microseconds. */
  readonly cpuUs: number;
  /** Latency of one request after the other, in microseconds. */
  readonly latencyUs: number;
}

/**
 * Tells what a contender costs more than NestJS alone.
 *
 * @param turns - all turns
 * @param platform - what it was served on
 * @param contender - which
 */
export function overheadOf(turns: readonly Turn[], platform: Platform, contender: Contender): Overhead {
  const of = (name: Contender): Turn[] =>
    turns.filter((turn) => turn.platform === platform && turn.contender === name).sort((a, b) => a.round - b.round);
  const bare = of('bare');
  const difference = (key: 'cpuUs' | 'latencyUs'): number =>
    median(of(contender).map((turn, index) => turn[key] - (bare[index]?.[key] ?? Number.NaN)));
  return { cpuUs: difference('cpuUs'), latencyUs: difference('latencyUs') };
}

/**
 * Gives the middle of what a contender has shown.
 *
 * @param turns - all turns
 * @param platform - what it was served on
 * @param contender - which
 * @param key - what of it
 */
export function middleOf(
  turns: readonly Turn[],
  platform: Platform,
  contender: Contender,
  key: 'cpuUs' | 'latencyUs' | 'throughput',
): number {
  return median(
    turns.filter((turn) => turn.platform === platform && turn.contender === contender).map((turn) => turn[key]),
  );
}
