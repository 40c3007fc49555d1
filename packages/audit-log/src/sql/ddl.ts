import { createHash } from 'node:crypto';
import { quoteIdentifier } from '@nestarc/postgres';

/** Only this module makes such text, so that no name and no value gets into SQL without being quoted. */
const MADE = Symbol('nestarc ddl');

/** SQL that defines something: unlike a query it takes no parameters, so that names and values stand in its text. */
export interface Ddl {
  readonly [MADE]: true;
  /** The SQL. */
  readonly text: string;
}

const made = (text: string): Ddl => Object.freeze({ [MADE]: true as const, text });

/** Nothing. */
export const NOTHING = made('');

/**
 * Builds SQL from a template, into which only SQL goes.
 *
 * @param strings - the template's text
 * @param parts - SQL, or a list of it, which is joined by line breaks
 */
export function ddl(strings: TemplateStringsArray, ...parts: readonly (Ddl | readonly Ddl[])[]): Ddl {
  const texts = parts.map((part) => (MADE in part ? part.text : lines(part).text));
  return made(strings.map((text, index) => (index === 0 ? text : `${texts[index - 1] ?? ''}${text}`)).join(''));
}

/**
 * A quoted name: `name('public', 'users')` is `"public"."users"`.
 *
 * @param parts - the name, or the parts of a qualified one
 * @throws UnsupportedStatementError for a part that cannot be a name
 */
export function name(...parts: readonly string[]): Ddl {
  return made(parts.map(quoteIdentifier).join('.'));
}

/**
 * A quoted text.
 *
 * @param value - any text
 */
export function literal(value: string): Ddl {
  const quoted = `'${value.replaceAll("'", "''")}'`;
  // With a backslash in it the plain form would depend on standard_conforming_strings.
  return made(value.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted);
}

/**
 * A whole number.
 *
 * @param value - the number
 */
export function integer(value: number): Ddl {
  return made(String(Math.trunc(value)));
}

/**
 * Joins SQL.
 *
 * @param parts - what to join
 * @param separator - what goes between them. Defaults to a comma
 */
export function join(parts: readonly Ddl[], separator = ', '): Ddl {
  return made(parts.map(({ text }) => text).join(separator));
}

/**
 * Joins SQL by line breaks, leaving out what is empty.
 *
 * @param parts - what to join
 */
export function lines(parts: readonly Ddl[]): Ddl {
  return made(
    parts
      .map(({ text }) => text)
      .filter((text) => text !== '')
      .join('\n'),
  );
}

/**
 * A text between dollars, as bodies of functions are: the mark is one that the text does not have.
 *
 * @param body - the text
 */
export function dollarQuoted(body: Ddl): Ddl {
  let mark = '$audit$';
  for (let number = 1; body.text.includes(mark); number++) mark = `$audit${String(number)}$`;
  return made(`${mark}${body.text}${mark}`);
}

/**
 * A block that runs once.
 *
 * @param body - the block, from DECLARE or BEGIN to END
 */
export function block(body: Ddl): Ddl {
  return ddl`DO ${dollarQuoted(body)};`;
}

const MAX_NAME_BYTES = 63;

/**
 * A short digest of a text.
 *
 * @param text - the text
 */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 10);
}

/**
 * Makes a name of a stem and an ending. A name that would be too long for PostgreSQL, which cuts names without a word, gets the
 * middle replaced by a digest of the whole.
 *
 * @param stem - what the name begins with
 * @param ending - what it ends with
 */
export function derivedName(stem: string, ending: string): string {
  const whole = stem + ending;
  if (Buffer.byteLength(whole) <= MAX_NAME_BYTES) return whole;
  const digest = `_${digestOf(whole)}`;
  const kept = [...stem];
  const tail = Buffer.byteLength(digest + ending) <= MAX_NAME_BYTES - 10 ? digest + ending : digest;
  while (Buffer.byteLength(kept.join('') + tail) > MAX_NAME_BYTES) kept.pop();
  return kept.join('') + tail;
}
