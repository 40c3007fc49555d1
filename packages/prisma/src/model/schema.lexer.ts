/** A piece of schema text. Strings come unquoted; documentation without its slashes. */
export interface SchemaToken {
  readonly kind: 'word' | 'string' | 'punctuation' | 'newline' | 'documentation' | 'comment' | 'other' | 'end';
  readonly text: string;
  readonly line: number;
}

/**
 * What a schema is written with, most specific first. Words hold dots, so that `db.Uuid` and `1.5` are one; outside of models
 * stands what only Prisma understands, which is passed on as `other`.
 */
const PIECES: readonly (readonly [SchemaToken['kind'] | 'blank', RegExp])[] = [
  ['blank', /[^\S\n]+/y],
  ['newline', /\n/y],
  ['documentation', /\/\/\/[^\n]*/y],
  ['comment', /\/\/[^\n]*/y],
  ['comment', /\/\*[^]*?\*\//y],
  ['string', /"(?:\\.|[^"\\\n])*"/y],
  ['word', /[\p{L}\p{N}_+-][\p{L}\p{N}_.+-]*/uy],
  ['punctuation', /@@|[@{}()[\],:?=]/y],
  ['other', /./suy],
];

/**
 * Cuts schema text into tokens; the last one is `end`.
 *
 * @param text - a Prisma schema
 */
export function tokensOf(text: string): SchemaToken[] {
  const tokens: SchemaToken[] = [];
  let line = 1;
  for (let position = 0; position < text.length;) {
    const { kind, found } = pieceAt(text, position);
    position += found.length;
    if (kind !== 'blank') tokens.push({ kind, text: contentOf(kind, found), line });
    line += found.split('\n').length - 1;
  }
  return [...tokens, { kind: 'end', text: '', line }];
}

function pieceAt(text: string, position: number): { kind: SchemaToken['kind'] | 'blank'; found: string } {
  for (const [kind, pattern] of PIECES) {
    pattern.lastIndex = position;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) return { kind, found };
  }
  return { kind: 'other', found: text.charAt(position) };
}

function contentOf(kind: SchemaToken['kind'], found: string): string {
  if (kind === 'string') return unescaped(found);
  return kind === 'documentation' ? found.slice(3).trim() : found;
}

/** Prisma writes strings as JSON does; what is none is left as it stands. */
function unescaped(literal: string): string {
  try {
    return JSON.parse(literal) as string;
  } catch {
    return literal.slice(1, -1);
  }
}
