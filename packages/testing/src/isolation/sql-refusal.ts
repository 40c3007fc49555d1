import { isNestarcError } from '@nestarc/core';

const MAX_DEPTH = 6;
/** SQLSTATEs have five characters; so do the codes of Prisma, which begin with P and a digit other than zero. */
const SQL_STATE = /^(?!P[1-9])[0-9A-Z]{5}$/;

/**
 * Finds the SQLSTATE of a failure, however deep a client has wrapped the server's error.
 *
 * @param error - what a client threw
 */
export function sqlStateOf(error: unknown): string | undefined {
  if (isNestarcError(error) && error.code === 'CROSS_TENANT_WRITE') return '42501';
  return search(error, MAX_DEPTH);
}

function search(value: unknown, depth: number): string | undefined {
  if (typeof value !== 'object' || value === null || depth === 0) return undefined;
  const { code, originalCode, cause, meta, driverAdapterError } = value as Record<string, unknown>;
  const state = [originalCode, code].find((text) => typeof text === 'string' && SQL_STATE.test(text));
  if (typeof state === 'string') return state;
  for (const inner of [cause, meta, driverAdapterError]) {
    const found = search(inner, depth - 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** How PostgreSQL, or a trigger of the schema, says no. */
export const REFUSED = Object.freeze({
  policy: '42501',
  foreignKey: '23503',
  trigger: 'P0001',
});

/**
 * Runs what should be refused.
 *
 * @param work - what is tried
 * @returns the failure, or `undefined` when nobody refused
 */
export async function refusalOf(work: () => Promise<unknown>): Promise<{ readonly error: unknown } | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return { error };
  }
}
