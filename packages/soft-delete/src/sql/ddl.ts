import { createHash } from 'node:crypto';
import { quoteIdentifier } from '@nestarc/postgres';

const MAX_NAME_BYTES = 63;

/**
 * Quotes a text for use as an SQL literal. Migrations are plain text, so nothing can be sent beside it.
 *
 * @param text - the text
 */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * Quotes names for use in a list of columns.
 *
 * @param names - names of columns
 */
export function columnList(names: readonly string[]): string {
  return names.map(quoteIdentifier).join(', ');
}

/**
 * Puts a name together that PostgreSQL does not cut: where it is too long, a hash stands for its end.
 *
 * @param parts - parts of the name
 */
export function objectName(...parts: readonly string[]): string {
  const name = parts.join('_');
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  return withHash(name, hashOf(name));
}

/**
 * Puts a name together that no other parts give: `a_b` and `c` are told from `a` and `b_c`.
 *
 * @param parts - parts of the name
 */
export function hashedName(parts: readonly string[]): string {
  return withHash(parts.join('_'), hashOf(JSON.stringify(parts)));
}

function withHash(name: string, hash: string): string {
  const end = `_${hash.slice(0, 8)}`;
  let kept = name;
  while (Buffer.byteLength(kept) > MAX_NAME_BYTES - end.length) kept = kept.slice(0, -1);
  return `${kept}${end}`;
}

/**
 * Makes a block that PostgreSQL runs as a whole or not at all.
 *
 * @param body - PL/pgSQL from DECLARE or BEGIN on
 */
export function doBlock(body: string): string {
  return `DO ${dollarQuoted(body)};`;
}

/**
 * Quotes a body between dollars that do not occur in it.
 *
 * @param body - the body
 */
export function dollarQuoted(body: string): string {
  let tag = '$soft_delete$';
  for (let index = 1; body.includes(tag); index += 1) tag = `$soft_delete_${index}$`;
  return `${tag}\n${body}\n${tag}`;
}

/**
 * Tells definitions apart: what is in the database is compared with what is wanted by this mark, which is its comment.
 *
 * @param definition - the SQL that makes an object
 */
export function stampOf(definition: string): string {
  return `@nestarc/soft-delete ${hashOf(definition).slice(0, 16)}`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
