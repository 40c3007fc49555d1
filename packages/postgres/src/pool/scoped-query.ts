import { DriverQuery, type QueryCallback, type QueryDescription, type WireConnection } from './pg-internals';
import { typedError } from '../errors/typed-error';

/** Where the context goes relative to the statement, or why the statement must not run. */
export type Scoping =
  | { readonly place: 'before' | 'after'; readonly preamble: Buffer }
  | { readonly place: 'none' }
  | { readonly place: 'refused'; readonly error: Error };

/** Decides, when the statement's turn on the connection has come, how it is scoped. */
export type ScopingDecision = (text: string) => Scoping;

/**
 * A pg query that carries the context: Parse, Bind, Execute of the settings and Parse, Bind, Execute of the statement go
 * out with one Sync, which PostgreSQL runs as one implicit transaction, in one round trip.
 *
 * The answers to the preamble (ParseComplete, BindComplete, one DataRow, CommandComplete) come first, or last behind
 * BEGIN, and are swallowed; everything else is pg's own handling.
 */
export class ScopedQuery extends DriverQuery {
  /** Read by `Client.query`, which looks for it on the query itself. */
  readonly query_timeout: number | undefined;
  readonly #decide: ScopingDecision;
  readonly #statementName: string | undefined;
  #scoping: Scoping = { place: 'none' };
  #answering: 'preamble' | 'statement' = 'statement';

  constructor(
    decide: ScopingDecision,
    config: string | QueryDescription,
    values: unknown[] | undefined,
    callback: QueryCallback,
  ) {
    super(config, values, callback);
    this.#decide = decide;
    this.query_timeout = typeof config === 'string' ? undefined : config.query_timeout;
    this.#statementName = this.name;
    // pg files a statement under its name when *a* ParseComplete arrives; the preamble's must not count.
    if (this.#statementName !== undefined) {
      Object.defineProperty(this, 'name', {
        get: () => (this.#answering === 'preamble' ? undefined : this.#statementName),
      });
    }
  }

  /** Simple-protocol statements cannot share a Sync with the preamble, so every scoped statement is a prepared one. */
  override requiresPreparation(): boolean {
    return this.#scoping.place === 'none' ? super.requiresPreparation() : true;
  }

  override submit(connection: WireConnection): Error | null {
    this.#scoping = this.#decide(this.text);
    if (this.#scoping.place === 'refused') return this.#scoping.error;
    return super.submit(connection);
  }

  override prepare(connection: WireConnection): void {
    const scoping = this.#scoping;
    if (scoping.place === 'before') {
      connection.stream.write(scoping.preamble);
      super.prepare(connection);
      this.#answering = 'preamble';
    } else if (scoping.place === 'after') {
      connection.parse({ text: this.text });
      connection.bind({ values: [] });
      connection.execute({});
      connection.stream.write(scoping.preamble);
      connection.sync();
    } else {
      super.prepare(connection);
    }
  }

  override handleDataRow(message: unknown): void {
    if (this.#answering === 'statement') super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, connection: WireConnection): void {
    if (this.#answering === 'statement') {
      super.handleCommandComplete(message, connection);
      if (this.#scoping.place === 'after') this.#answering = 'preamble';
    } else if (this.#scoping.place === 'before') {
      this.#answering = 'statement';
    }
  }

  override handleError(error: Error, connection: WireConnection): void {
    if (this.#statementName !== undefined) delete connection.submittedNamedStatements[this.#statementName];
    super.handleError(typedError(error), connection);
  }
}
