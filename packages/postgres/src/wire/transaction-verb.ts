import { blankComments, skipBlank } from './sql-text';

/** What a statement does to the transaction it runs in. */
export type TransactionVerb = 'begin' | 'setup' | 'control' | 'rollbackTo' | 'chain' | 'none';

const VERBS: readonly (readonly [RegExp, TransactionVerb])[] = [
  [/^(?:begin|start\s+transaction)\b/i, 'begin'],
  [/^set\s+transaction\b/i, 'setup'],
  [/^(?:commit|end|rollback|abort)\b.*\band\s+chain\b/is, 'chain'],
  [/^rollback\b.*\bto\b/is, 'rollbackTo'],
  [/^(?:commit|end|rollback|abort|savepoint|release|prepare\s+transaction)\b/i, 'control'],
];

/**
 * Tells what a statement does to the transaction it runs in: `begin` opens one, `setup` must come ahead of its first query,
 * `control` ends it or moves within it, `rollbackTo` takes back settings made since a savepoint, `chain` ends it and opens
 * another.
 *
 * @param text - SQL of one statement
 */
export function transactionVerb(text: string): TransactionVerb {
  const start = skipBlank(text, 0);
  FIRST_WORD.lastIndex = start;
  // The words of nearly all statements end here: the rest is too slow to do for each of them.
  if (!FIRST_WORD.test(text)) return 'none';
  const statement = blankComments(text.slice(start, start + LONGEST_VERB));
  return VERBS.find(([pattern]) => pattern.test(statement))?.[1] ?? 'none';
}

const FIRST_WORD = /(?:begin|start|set|commit|end|rollback|abort|savepoint|release|prepare)(?![\w$])/iy;

/** Control statements are short; beyond this the text is that of another statement. */
const LONGEST_VERB = 1_000;
