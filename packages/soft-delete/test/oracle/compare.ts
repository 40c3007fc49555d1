import { isDeepStrictEqual } from 'node:util';
import type { Outcome } from './ask';

/** How two outcomes are compared. */
export interface Comparison {
  /** Whether all lists come in an order that is the same in both databases. */
  readonly isOrdered: boolean;
  /** Fields that differ by construction. */
  readonly except: ReadonlySet<string>;
}

/** Tells whether two outcomes are the same to a caller. */
export function isSame(one: Outcome, other: Outcome, comparison: Comparison): boolean {
  return isDeepStrictEqual(comparable(plain(one), comparison), comparable(plain(other), comparison));
}

const plain = (outcome: Outcome): unknown => ('failure' in outcome ? outcome.failure : outcome.answer);

function comparable(value: unknown, comparison: Comparison): unknown {
  if (Array.isArray(value)) {
    const members = value.map((member: unknown) => comparable(member, comparison));
    return comparison.isOrdered ? members : members.map((member) => JSON.stringify(member)).sort();
  }
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  if (value instanceof Date) return value.toISOString();
  if (isDecimal(value)) return value.toFixed();
  const entries = Object.entries(value).filter(([key]) => key !== 'error' && !comparison.except.has(key));
  const sorted = entries.map(([key, held]) => [key, comparable(held, comparison)] as const);
  return Object.fromEntries(sorted.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const isDecimal = (value: object): value is { toFixed(): string } => 'toFixed' in value;
