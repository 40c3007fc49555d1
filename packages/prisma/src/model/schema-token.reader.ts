import { SchemaSyntaxError } from './schema-syntax.error';
import type { SchemaToken } from './schema.lexer';

/** Goes through tokens, one at a time. */
export class SchemaTokenReader {
  readonly #tokens: readonly SchemaToken[];
  #position = 0;

  constructor(tokens: readonly SchemaToken[]) {
    this.#tokens = tokens;
  }

  /** The token that comes next. */
  get next(): SchemaToken {
    const token = this.#tokens[Math.min(this.#position, this.#tokens.length - 1)];
    return token ?? { kind: 'end', text: '', line: 0 };
  }

  /** Takes the next token, whatever it is. */
  take(): SchemaToken {
    const token = this.next;
    this.#position += 1;
    return token;
  }

  /**
   * Tells whether a certain sign comes next.
   *
   * @param text - the sign
   */
  isAt(text: string): boolean {
    return this.next.kind === 'punctuation' && this.next.text === text;
  }

  /**
   * Takes a sign if it comes next.
   *
   * @param text - the sign
   */
  takeIf(text: string): boolean {
    const isAt = this.isAt(text);
    if (isAt) this.take();
    return isAt;
  }

  /**
   * Takes a sign.
   *
   * @param text - the sign
   * @throws SchemaSyntaxError when something else comes
   */
  expect(text: string): void {
    if (!this.takeIf(text)) throw new SchemaSyntaxError(this.next.line, text, this.next.text);
  }

  /**
   * Takes a word.
   *
   * @throws SchemaSyntaxError when something else comes
   */
  word(): string {
    if (this.next.kind !== 'word') throw new SchemaSyntaxError(this.next.line, 'a name', this.next.text);
    return this.take().text;
  }

  /** Takes line ends and comments, which mean nothing between brackets. */
  skipLines(): void {
    while (['newline', 'comment', 'documentation'].includes(this.next.kind)) this.take();
  }
}
