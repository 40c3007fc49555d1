/**
 * Skips white space, semicolons and comments, which PostgreSQL allows ahead of a statement.
 *
 * @param text - SQL
 * @param from - index to start at
 * @returns index of the first word
 */
export function skipBlank(text: string, from: number): number {
  let at = from;
  for (;;) {
    const end = commentEnd(text, at);
    if (end > at) at = end;
    else if (/[\s;]/.test(text.charAt(at))) at += 1;
    else return at;
  }
}

/**
 * Replaces each comment by a space. Strings are not told apart: it is meant for statements without any.
 *
 * @param text - SQL
 */
export function blankComments(text: string): string {
  let result = '';
  for (let at = 0; at < text.length;) {
    const end = commentEnd(text, at);
    result += end > at ? ' ' : text.charAt(at);
    at = end > at ? end : at + 1;
  }
  return result;
}

/**
 * Replaces comments by a space and strings by `''`, so that what is left is code. Quoted names stay.
 *
 * @param text - SQL
 */
export function codeOf(text: string): string {
  let result = '';
  let at = 0;
  LITERAL.lastIndex = 0;
  for (let match = LITERAL.exec(text); match; match = LITERAL.exec(text)) {
    const { name, comment, tag } = match.groups ?? {};
    result += text.slice(at, match.index) + (name ?? (comment === undefined ? "''" : ' '));
    if (comment !== undefined) LITERAL.lastIndex = commentEnd(text, match.index);
    if (tag !== undefined) LITERAL.lastIndex = endOfBody(text, LITERAL.lastIndex, tag);
    at = LITERAL.lastIndex;
  }
  return result + text.slice(at);
}

const LITERAL = new RegExp(
  [
    String.raw`(?<comment>--|/\*)`,
    String.raw`\b[eE]'(?:\\.|''|[^'\\])*'`,
    String.raw`'(?:''|[^'])*'`,
    String.raw`(?<name>"(?:""|[^"])*")`,
    String.raw`(?<![\w$])(?<tag>\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)`,
  ].join('|'),
  'gs',
);

function endOfBody(text: string, from: number, tag: string): number {
  const end = text.indexOf(tag, from);
  return end < 0 ? text.length : end + tag.length;
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
