/** The names of {@link Propagation}. */
export const PROPAGATIONS = [
  'REQUIRED',
  'REQUIRES_NEW',
  'NESTED',
  'MANDATORY',
  'SUPPORTS',
  'NOT_SUPPORTED',
  'NEVER',
] as const;

/**
 * What becomes of work where a transaction is open already, and where none is:
 *
 * - `REQUIRED` joins it, or opens one
 * - `REQUIRES_NEW` opens one of its own, on a second connection
 * - `NESTED` sets a savepoint in it, or opens one
 * - `MANDATORY` joins it, or is refused
 * - `SUPPORTS` joins it, or does without
 * - `NOT_SUPPORTED` runs outside of it, on another connection
 * - `NEVER` is refused, or does without
 */
export type Propagation = (typeof PROPAGATIONS)[number];
