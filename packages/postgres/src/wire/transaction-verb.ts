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

/** Skips white space, semicolons and comments, which PostgreSQL allows ahead of a statement. */
function skipBlank(text: string, from: number): number {
  let at = from;
  for (;;) {
    const end = commentEnd(text, at);
    if (end > at) at = end;
    else if (/[\s;]/.test(text.charAt(at))) at += 1;
    else return at;
  }
}

function blankComments(text: string): string {
  let result = '';
  for (let at = 0; at < text.length;) {
    const end = commentEnd(text, at);
    result += end > at ? ' ' : text.charAt(at);
    at = end > at ? end : at + 1;
  }
  return result;
}

/** Gives the end of the comment that begins here, or the same place where none does. PostgreSQL nests block comments. */
function commentEnd(text: string, at: number): number {
  if (text.startsWith('--', at)) {
    const length = text.slice(at).search(/[\r\n]/);
    return length < 0 ? text.length : at + length;
  }
  if (!text.startsWith('/*', at)) return at;
  let depth = 0;
  for (let index = at; index < text.length; index++) {
    if (text.startsWith('/*', index)) {
      depth += 1;
      index += 1;
    } else if (text.startsWith('*/', index)) {
      depth -= 1;
      index += 1;
      if (depth === 0) return index + 1;
    }
  }
  return text.length;
}
