import { skipBlank } from './sql-text';

const COPY = /copy(?![\w$])/iy;

/**
 * Tells whether a statement is a COPY.
 *
 * @param text - SQL of one statement
 */
export function isCopy(text: string): boolean {
  COPY.lastIndex = skipBlank(text, 0);
  return COPY.test(text);
}
