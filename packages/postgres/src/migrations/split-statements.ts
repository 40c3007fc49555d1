/** One statement of an SQL script. */
export interface SqlStatement {
  /** Its text, without the semicolon. */
  readonly text: string;
  /** Line of its first word, from 1. */
  readonly line: number;
}

/** What semicolons mean nothing in, and what comments are; the alternatives are tried in this order. */
const TOKEN = new RegExp(
  [
    String.raw`(?<comment>--[^\n]*|/\*)`,
    String.raw`\b[eE]'(?:\\.|''|[^'\\])*'`,
    String.raw`'(?:''|[^'])*'`,
    String.raw`"(?:""|[^"])*"`,
    String.raw`(?<![\w$])(?<tag>\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)`,
    String.raw`(?<semicolon>;)`,
    String.raw`(?<bracket>[()])`,
    String.raw`(?<word>[\w\u0080-\uffff]+|\S)`,
  ].join('|'),
  'gs',
);

/**
 * Splits a script at the semicolons that end statements, as psql does: not inside strings, quoted names, dollar-quoted
 * bodies, comments or brackets. Bodies of the form BEGIN ATOMIC … END are not recognised.
 *
 * @param script - any number of statements
 * @returns the statements that hold more than comments
 */
export function splitStatements(script: string): readonly SqlStatement[] {
  const statements: SqlStatement[] = [];
  let start: number | undefined;
  let depth = 0;
  const finish = (end: number): void => {
    if (start === undefined) return;
    statements.push({ text: script.slice(start, end).trimEnd(), line: lineAt(script, start) });
    start = undefined;
  };
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(script); match; match = TOKEN.exec(script)) {
    const { comment, tag, semicolon, bracket } = match.groups ?? {};
    if (comment === '/*') TOKEN.lastIndex = endOfBlockComment(script, match.index);
    if (comment !== undefined) continue;
    if (semicolon !== undefined && depth <= 0) {
      finish(match.index);
      depth = 0;
      continue;
    }
    start ??= match.index;
    if (bracket !== undefined) depth += bracket === '(' ? 1 : -1;
    if (tag !== undefined) TOKEN.lastIndex = endOfBody(script, TOKEN.lastIndex, tag);
  }
  finish(script.length);
  return statements;
}

/**
 * Tells the line of a place in a text.
 *
 * @param text - the text
 * @param index - index of the place
 * @returns line number, from 1
 */
export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

/** Block comments nest in PostgreSQL. */
function endOfBlockComment(script: string, start: number): number {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = start;
  let depth = 0;
  for (let match = mark.exec(script); match; match = mark.exec(script)) {
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) return mark.lastIndex;
  }
  return script.length;
}

function endOfBody(script: string, from: number, tag: string): number {
  const end = script.indexOf(tag, from);
  return end < 0 ? script.length : end + tag.length;
}
