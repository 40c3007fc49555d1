import { blankComments, codeOf, skipBlank } from './sql-text';

/**
 * What a statement leaves behind for the next one on the same connection: `local` and `settings` hold until the end of the
 * transaction, where they may have changed the settings that carry the context; `lasting` outlives it. `local` is of no
 * use outside of a transaction.
 */
export type SessionEffect = 'none' | 'local' | 'settings' | 'lasting';

const RULES: readonly (readonly [RegExp, SessionEffect])[] = [
  [/^set\s+(?:transaction|constraints)\b/i, 'none'],
  [/^set\s+local\b/i, 'local'],
  [/^prepare\s+transaction\b/i, 'none'],
  [/^(?:set|reset|listen|unlisten|prepare|deallocate|load)\b/i, 'lasting'],
  [/^declare\b.*\bwith\s+hold\b/is, 'lasting'],
];

const FIRST_WORD = /(?:set|reset|listen|unlisten|prepare|deallocate|load|declare|do)(?![\w$])/iy;

/** The words above stand at the beginning of a statement; beyond this there are expressions. */
const LONGEST_HEAD = 1_000;

/**
 * What has an effect in the middle of a statement: settings and locks made by functions, and temporary tables, which would
 * stand in for real ones of the same name. Searched for in every statement: 0.3 µs for one of 200 characters.
 */
const SUSPECT = /set_config|advisory_lock|pg_temp|temp(?:orary)?[\s/-]/i;

/**
 * Tells what a statement leaves behind on its connection, going by its words; what a function of the database does inside
 * cannot be seen.
 *
 * @param text - SQL of one statement
 */
export function sessionEffect(text: string): SessionEffect {
  const start = skipBlank(text, 0);
  FIRST_WORD.lastIndex = start;
  const word = FIRST_WORD.exec(text)?.[0].toLowerCase();
  if (word !== undefined && word !== 'do') {
    const head = blankComments(text.slice(start, start + LONGEST_HEAD));
    return RULES.find(([pattern]) => pattern.test(head))?.[1] ?? 'none';
  }
  if (!SUSPECT.test(text)) return 'none';
  // The string that DO is given is code, too.
  return effectOf(word === 'do' ? text : codeOf(text));
}

function effectOf(code: string): SessionEffect {
  if (LOCK.test(code) || makesTemporary(code)) return 'lasting';
  const calls = [...code.matchAll(SET_CONFIG)];
  if (calls.length === 0) return 'none';
  const local = calls.every(({ index }) => /(?:,|=>)\s*true\s*$/i.test(argumentsAt(code, index)));
  return local ? 'settings' : 'lasting';
}

const LOCK = /pg_(?:try_)?advisory_lock(?:_shared)?"?\s*\(/i;
const SET_CONFIG = /set_config"?\s*\(/gi;
const TEMPORARY = new RegExp(
  [
    String.raw`\bcreate\s+(?:or\s+replace\s+)?(?:(?:local|global)\s+)?temp(?:orary)?\s`,
    String.raw`(?<!\b(?:insert|merge)\s+)\binto\s+(?:(?:local|global)\s+)?temp(?:orary)?\s+["\w]`,
    String.raw`\b(?:create|into)\b.*\bpg_temp\b`,
  ].join('|'),
  'is',
);

/** One that is dropped with the transaction leaves nothing. */
const makesTemporary = (code: string): boolean => TEMPORARY.test(code) && !/\bon\s+commit\s+drop\b/i.test(code);

/** What stands between the brackets of the call at a place. */
function argumentsAt(code: string, index: number): string {
  const open = code.indexOf('(', index);
  let depth = 0;
  for (let at = open; at < code.length; at++) {
    if (code[at] === '(') depth += 1;
    if (code[at] === ')') depth -= 1;
    if (depth === 0) return code.slice(open + 1, at);
  }
  return '';
}
