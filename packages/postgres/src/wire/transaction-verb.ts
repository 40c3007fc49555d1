/** What a statement does to the transaction it runs in. */
export type TransactionVerb = 'begin' | 'control' | 'chain' | 'none';

/** White space and comments ahead of the first word. */
const LEADING = /^(?:\s+|--[^\n]*\n?|\/\*[\s\S]*?\*\/)+/;
const BEGIN = /^(?:begin|start\s+transaction)\b/i;
const CONTROL = /^(?:commit|end|rollback|abort|savepoint|release|prepare\s+transaction)\b/i;
const CHAIN = /\band\s+chain\b/i;

/**
 * Tells what a statement does to the transaction it runs in: `begin` opens one, `control` ends it or moves within it,
 * `chain` ends it and opens another that would start without the context.
 *
 * @param text - SQL of one statement
 */
export function transactionVerb(text: string): TransactionVerb {
  const statement = text.replace(LEADING, '');
  if (BEGIN.test(statement)) return 'begin';
  if (!CONTROL.test(statement)) return 'none';
  return CHAIN.test(statement) ? 'chain' : 'control';
}
