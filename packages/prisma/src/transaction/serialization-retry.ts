import { randomInt } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { sqlStateOf } from '../client/typed-failures';

/** Doubles with each attempt; transactions that met once would meet again if they came back at the same moment. */
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Repeats a transaction that PostgreSQL could not serialise.
 *
 * @param retries - how often at most
 * @param run - runs the transaction from its start
 */
export async function runWithRetries<T>(retries: number, run: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      if (attempt >= retries || !isSerializationFailure(error)) throw error;
      await setTimeout(randomInt(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt)) + 1);
    }
  }
}

/**
 * Tells whether a transaction failed only because of another one at the same time, as a whole may succeed when repeated.
 *
 * @param error - what the transaction was rejected with
 */
export function isSerializationFailure(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as { readonly code?: unknown; readonly cause?: unknown };
  if (code === 'SERIALIZATION_FAILURE' || code === 'P2034') return true;
  // What was caught on the way is what ended the transaction.
  if (code === 'TRANSACTION_ABORTED') return isSerializationFailure(cause);
  const sqlState = sqlStateOf(error);
  return sqlState === '40001' || sqlState === '40P01';
}
